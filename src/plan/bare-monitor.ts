import type { MonitorInput } from './launch-input.ts';

/** A monitor record without a container's duties: no log, no records, nothing to clean up. */
export function bareMonitor(changes: Partial<MonitorInput>): MonitorInput {
  return {
    containerDir: '',
    lockPath: '',
    statePath: '',
    exitPath: '',
    attachDir: '',
    logPath: '',
    logJournal: new Uint8Array(),
    pidFile: '',
    monitorPidFile: '',
    logMaxSize: 0,
    logMaxFiles: 1,
    rows: 0,
    columns: 0,
    stdinOpen: false,
    stdinOnce: false,
    timeoutMs: 0,
    syncExitRecord: false,
    passthrough: false,
    restart: { when: 'never', max: 0 },
    removePaths: [],
    ...changes,
  };
}
