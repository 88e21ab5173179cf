import { cpus } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import type { LogLevel } from '../../engine/engine.ts';
import { type ServiceName, usualServiceSocket } from '../../engine/system/service-socket.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { isCompiled, libexecPath, ownWords } from '../../native/locate.ts';
import type { CliContext } from '../context.ts';
import { programName } from '../dialect.ts';

/** The name of a program's service; docker has none of its own. */
export function serviceName({ program }: Pick<CliContext, 'program'>): ServiceName {
  return programName(program) === 'podman' ? 'podman' : 'bryo';
}

/** The service's usual socket. Throws BryoError `usage` where there is none. */
export function defaultSocket(context: Pick<CliContext, 'program'>): string {
  const path = usualServiceSocket(serviceName(context));
  if (path !== null) return path;
  throw new BryoError('usage', 'XDG_RUNTIME_DIR is not set: there is no default socket', {
    hint: `name one: ${programName(context.program)} system service unix:///PATH`,
  });
}

/** The words of the acceptor's levels. */
function acceptorLevel(level: LogLevel): string {
  if (level === 'trace' || level === 'debug') return 'debug';
  if (level === 'warn') return 'warning';
  return level === 'info' ? 'info' : 'error';
}

/** How a worker is started: with the same global flags. */
function workerWords(globals: readonly string[]): string[] {
  const program = isCompiled() ? [libexecPath('bryo')] : [process.execPath, ...ownWords()];
  return [...program, ...globals, 'system', 'service-worker'];
}

/** Each worker has a JavaScript engine. As many as there are streams that one holds (logs, events, stats) have to be possible. */
const workersPerProcessor = 4;
const fewestWorkers = 32;

/** Arguments of the acceptor (addon/api/options.h) besides the places where it listens. */
export function acceptorWords({ engine, globalWords }: CliContext, seconds: number): string[] {
  const most = Math.max(fewestWorkers, workersPerProcessor * cpus().length);
  return [
    '--time',
    String(seconds),
    '--most',
    String(most),
    '--log-level',
    acceptorLevel(engine.logLevel),
    '--',
    ...workerWords(globalWords),
  ];
}

/** Without the variables of the service manager that are meant for this process alone. */
export function serviceEnvironment(): string[] {
  return ownEnvironment().filter((entry) => !/^(LISTEN_|NOTIFY_SOCKET=|WATCHDOG_)/.test(entry));
}
