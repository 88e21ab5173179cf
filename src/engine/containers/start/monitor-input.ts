import type { ContainerRecord } from '../../../container/record.ts';
import type { MonitorInput } from '../../../plan/monitor-input.ts';
import { isPassthrough } from '../../../request/log.ts';
import { containerFile, fileIn } from '../../../store/container-files.ts';
import { type Store, storePaths } from '../../../store/paths.ts';
import { logFields } from './journal-fields.ts';
import { podLink } from './pod-link.ts';
import { restartWhen } from './restart-files.ts';

export interface TerminalSize {
  rows: number;
  columns: number;
}

/** The paths that go away with a `--rm` container, in the order in which the monitor removes them. */
function removalPaths(store: Store, record: ContainerRecord): string[] {
  const volumes = record.volumes
    .filter(({ anonymous }) => anonymous)
    .map(({ name }) => storePaths.volume(store, name));
  return [
    storePaths.name(store, record.name),
    ...volumes,
    storePaths.container(store, record.id),
    storePaths.runContainer(store, record.id),
  ];
}

/** The log file of a container; empty when nothing is logged. */
export function logPath(store: Store, record: ContainerRecord): string {
  const { log } = record.options;
  if (log.driver !== 'k8s-file' && log.driver !== 'json-file') return '';
  return log.path ?? containerFile(store, record.id, 'log');
}

/** The monitor's part of a launch plan. */
export function monitorInput(
  store: Store,
  record: ContainerRecord,
  { size, restarts = 0 }: { size: TerminalSize | null; restarts?: number },
): MonitorInput {
  const directory = storePaths.container(store, record.id);
  const link = podLink(store, record);
  const { log, interactive, tty, remove, restart, timeout, ...options } = record.options;
  return {
    places: {
      containerDir: directory,
      lockPath: fileIn(directory, 'lock'),
      statePath: fileIn(directory, 'state'),
      exitPath: fileIn(directory, 'exit'),
      attachDir: storePaths.runContainer(store, record.id),
      pidFile: options.pidFile ?? '',
      monitorPidFile: options.monitorPidFile ?? '',
    },
    log: {
      logPath: logPath(store, record),
      logJournal: logFields(record),
      logMaxSize: log.maxSize,
      logMaxFiles: log.maxFiles,
    },
    streams: {
      rows: size?.rows ?? 0,
      columns: size?.columns ?? 0,
      plainNewlines: false,
      stdinOpen: interactive,
      stdinOnce: interactive && !tty,
      passthrough: isPassthrough(log),
    },
    ending: {
      syncExitRecord: !remove,
      removePaths: remove ? removalPaths(store, record) : [],
      timeoutMs: timeout * 1000,
      restart: restartWhen[restart.policy],
      restartMax: restart.max,
      restarts,
    },
    pod: { podLink: link?.path ?? '', podHolder: link?.holder ?? false },
  };
}
