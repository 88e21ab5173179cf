import type { ContainerRecord } from '../../../container/record.ts';
import type { NotifyInput } from '../../../plan/launch-input.ts';
import { runFile } from '../../../store/container-files.ts';
import type { Store } from '../../../store/paths.ts';

/** The means to tell a service manager (sd_notify(3)). */
export interface StartNotify {
  input: NotifyInput | null;
  /** Variables for the container's process. */
  env: string[];
  /** Files and sockets that are bound into the container. */
  files: { source: string; target: string }[];
}

const socketInside = '/run/notify/notify.sock';
const nobody: StartNotify = { input: null, env: [], files: [] };

/** Microseconds of WATCHDOG_USEC when they are meant for this process; 0: none. */
function watchdogTime(environment: NodeJS.ProcessEnv): number {
  const { WATCHDOG_USEC: text = '', WATCHDOG_PID: pid = String(process.pid) } = environment;
  return /^\d{1,15}$/.test(text) && Number(pid) === process.pid ? Number(text) : 0;
}

/** Decides who tells the service manager that the container is ready. */
export function decideNotify(
  store: Store,
  record: ContainerRecord,
  environment: NodeJS.ProcessEnv = process.env,
): StartNotify {
  const { sdnotify } = record.options;
  const address = environment['NOTIFY_SOCKET'] ?? '';
  if (sdnotify === 'ignore' || !/^[@/]./.test(address)) return nobody;
  const microseconds = watchdogTime(environment);
  const watchdog = Math.ceil(microseconds / 1000);
  if (sdnotify !== 'container') {
    const when = sdnotify === 'healthy' ? 'healthy' : 'started';
    return { ...nobody, input: { address, when, watchdog } };
  }
  const source = runFile(store, record.id, 'notifySocket');
  const env = [`NOTIFY_SOCKET=${socketInside}`];
  if (microseconds > 0) env.push(`WATCHDOG_USEC=${microseconds}`);
  const files = [{ source, target: socketInside }];
  return { input: { address, when: 'payload', watchdog: 0 }, env, files };
}
