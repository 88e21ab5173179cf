import { cpus } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import type { LogLevel } from '../../engine/engine.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { isCompiled, libexecPath, ownWords } from '../../native/locate.ts';
import type { CliContext } from '../context.ts';

/** Where the service listens when nobody says otherwise, and where clients of bryo look. */
export function defaultSocket(
  runtime: string | undefined = process.env['XDG_RUNTIME_DIR'],
): string {
  if (process.geteuid?.() === 0) return '/run/bryo/bryo.sock';
  if (runtime) return `${runtime}/bryo/bryo.sock`;
  throw new BryoError('usage', 'XDG_RUNTIME_DIR is not set: there is no default socket', {
    hint: 'name one: bryo system service unix:///PATH',
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
