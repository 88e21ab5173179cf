import type { IdMap } from '../base/id-map.ts';
import type { ManagerName } from '../cgroup/place.ts';
import type { Config } from '../config/config.ts';
import type { StorageConf } from '../config/read-storage-conf.ts';
import type { EventsBackend } from '../event/event.ts';
import { storageMap } from '../native/storage-map.ts';
import type { Store } from '../store/paths.ts';

/** Levels of messages, the least important first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'panic'] as const;

export type LogLevel = (typeof logLevels)[number];

/** Settings of the global flags about containers that are made. */
export interface CreationSettings {
  /** Another OCI runtime for containers that are made, as it was named; null: bryo's own. */
  runtime: { program: string; name: string } | null;
  /** Flags for it, without their dashes. */
  runtimeFlags?: readonly string[];
  /** The file to read instead of mounts.conf; null, or absent: the usual ones. */
  defaultMountsFile?: string | null;
}

/** Settings of the global flags. */
export interface EngineSettings extends CreationSettings {
  store: Store;
  /** Null: chosen by probing. */
  storageDriver: string | null;
  /** Program for the fuse-overlayfs driver; null: found in PATH. */
  mountProgram: string | null;
  /** Sockets of network helpers. */
  tmpdir: string;
  /** The maker of control groups; null: chosen by probing. */
  cgroupManager: ManagerName | 'disabled' | null;
  networkConfigDir: string;
  /** containers.conf(5). */
  config: Config;
  storageConf: StorageConf;
  eventsBackend: EventsBackend;
  logLevel: LogLevel;
  /** Takes a message for the user's standard error. */
  writeLog: (level: LogLevel, message: string) => void;
}

/** The use cases' common ground: one per command. */
export interface Engine extends EngineSettings {
  /** The mapping of the storage user namespace; warns once when it is a single id. */
  idMap(): IdMap;
  /** Writes a message of a level that is shown. One that takes work is a function, called for that only. */
  log(level: LogLevel, message: string | (() => string)): void;
}

/** Makes an engine; nothing is read or written before it is asked for. */
export function createEngine(settings: EngineSettings): Engine {
  let map: IdMap | undefined;
  const log: Engine['log'] = (level, message) => {
    if (logLevels.indexOf(level) < logLevels.indexOf(settings.logLevel)) return;
    settings.writeLog(level, typeof message === 'string' ? message : message());
  };
  return {
    ...settings,
    log,
    idMap() {
      if (map !== undefined) return map;
      const { idMap, fallbackReason } = storageMap();
      map = idMap;
      if (fallbackReason !== null) {
        log('warn', `only one id is mapped into containers: ${fallbackReason} (see 'bryo doctor')`);
      }
      return map;
    },
  };
}
