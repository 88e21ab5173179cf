import type { PlanHeader } from './ops.ts';

/** Where a monitor reads and writes; an empty path is none. */
export interface MonitorPlaces {
  containerDir: string;
  lockPath: string;
  statePath: string;
  exitPath: string;
  /** Where its sockets are. */
  attachDir: string;
  /** Where the pids of payload and monitor are written. */
  pidFile: string;
  monitorPidFile: string;
}

/** Where a monitor writes the payload's output. */
export interface MonitorLog {
  /** Empty: to no file. */
  logPath: string;
  /** Fields for the journal, if the output goes there; else empty. */
  logJournal: Uint8Array;
  /** Bytes; 0: no limit. */
  logMaxSize: number;
  logMaxFiles: number;
}

/** The payload's standard streams. */
export interface MonitorStreams {
  /** Size of its terminal. */
  rows: number;
  columns: number;
  stdinOpen: boolean;
  /** Standard input ends with the first client's. */
  stdinOnce: boolean;
  /** The streams are the launcher's own. */
  passthrough: boolean;
}

/** How a payload is ended, and what happens then. */
export interface MonitorEnding {
  /** Milliseconds; 0: it may run as long as it likes. */
  timeoutMs: number;
  /** The record of its end survives a power cut. */
  syncExitRecord: boolean;
  restart: { when: 'never' | 'failure' | 'always'; max: number };
  /** In this order. */
  removePaths: string[];
}

/** The duties of the monitor of a container or of a session. */
export interface MonitorInput {
  places: MonitorPlaces;
  log: MonitorLog;
  streams: MonitorStreams;
  ending: MonitorEnding;
  /** The named pipe of a pod that ends with its last container; `holder`: to be made and read. */
  podLink: { path: string; holder: boolean } | null;
}

/** A monitor without a container's duties but for these: no log, no records, nothing to clean up. */
export function bareMonitor({
  places,
  streams,
  ending,
}: {
  places?: Partial<MonitorPlaces>;
  streams?: Partial<MonitorStreams>;
  ending?: Partial<MonitorEnding>;
}): MonitorInput {
  return {
    places: {
      containerDir: '',
      lockPath: '',
      statePath: '',
      exitPath: '',
      attachDir: '',
      pidFile: '',
      monitorPidFile: '',
      ...places,
    },
    log: { logPath: '', logJournal: new Uint8Array(), logMaxSize: 0, logMaxFiles: 1 },
    streams: {
      rows: 0,
      columns: 0,
      stdinOpen: false,
      stdinOnce: false,
      passthrough: false,
      ...streams,
    },
    ending: {
      timeoutMs: 0,
      syncExitRecord: false,
      restart: { when: 'never', max: 0 },
      removePaths: [],
      ...ending,
    },
    podLink: null,
  };
}

const restartWhen = { never: 0, failure: 1, always: 2 } as const;

/** The monitor's record of a plan; fields of the same name are handed on as they are. */
export function monitorHeader(input: MonitorInput, terminal: boolean): PlanHeader {
  const { places, log, streams, ending, podLink } = input;
  const { restart, timeoutMs, ...end } = ending;
  return {
    op: 'monitor',
    ...places,
    ...log,
    logMaxSize: BigInt(log.logMaxSize),
    logMaxFiles: BigInt(log.logMaxFiles),
    terminal,
    ...streams,
    ...end,
    timeoutMs: BigInt(timeoutMs),
    restart: restartWhen[restart.when],
    restartMax: restart.max,
    podLink: podLink?.path ?? '',
    podHolder: podLink?.holder ?? false,
  };
}
