import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { emptyConfig } from '../../src/config/config.ts';
import { noStorageConf } from '../../src/config/storage-conf.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import { storePaths } from '../../src/store/paths.ts';
import { makeStore } from '../../src/store/store-dirs.ts';

/** The caller that plans are made for: nobody of the machine has this id. */
export const caller = { uid: 4242, gid: 4343 };

const ids = (own: number) => [
  { containerId: 0, hostId: own, size: 1 },
  { containerId: 1, hostId: 100_000, size: 65_536 },
];

/** An engine whose store is an empty directory and whose caller is made up; nothing is mounted. */
export interface FakeEngine {
  engine: Engine;
  /** What the engine would have written to standard error. */
  logged: string[];
  remove(): void;
}

/**
 * Makes an engine on an empty store that needs no namespace: the caller has {@link caller}'s ids and
 * a whole subordinate range, no control group can be made, and overlay is known to work.
 */
export function fakeEngine(): FakeEngine {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-fake-'));
  const logged: string[] = [];
  const root = join(directory, 'root');
  const runroot = join(directory, 'run');
  const store = { root, runroot, searchGroup: null };
  makeStore(store);
  mkdirSync(runroot);
  // As a command leaves it that has mounted one.
  writeFileSync(join(storePaths.cache(store), 'overlay-full'), `${release()}\n\n`);
  const engine: Engine = {
    ...createEngine({
      store,
      storageDriver: null,
      mountProgram: '/usr/bin/fuse-overlayfs',
      tmpdir: join(directory, 'tmp'),
      cgroupManager: 'disabled',
      runtime: null,
      networkConfigDir: join(directory, 'networks'),
      eventsBackend: 'file',
      config: emptyConfig,
      storageConf: noStorageConf,
      logLevel: 'warn',
      writeLog: (_level, message) => logged.push(message),
    }),
    idMap: () => ({ kind: 'full', uids: ids(caller.uid), gids: ids(caller.gid) }),
  };
  return {
    engine,
    logged,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Lets this process pass for {@link caller}: what is decided by who runs bryo is the same everywhere. */
export function playCaller(): void {
  process.getuid = () => caller.uid;
  process.geteuid = () => caller.uid;
  process.getgid = () => caller.gid;
  process.getegid = () => caller.gid;
  for (const name of Object.keys(process.env)) delete process.env[name];
  process.env['PATH'] = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  process.env['HOME'] = '/home/caller';
}
