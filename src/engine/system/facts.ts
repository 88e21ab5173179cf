import { readFileSync, statfsSync } from 'node:fs';
import { arch, cpus, freemem, hostname, release, totalmem, uptime } from 'node:os';
import type { IdMap } from '../../base/id-map.ts';
import {
  availableControllers,
  cgroupRoot,
  delegatedGroup,
  hasUnifiedCgroups,
} from '../../cgroup/hierarchy.ts';
import { chooseManager } from '../../cgroup/place.ts';
import { configText, configTexts } from '../../config/config.ts';
import { defaultCapabilities, fullCapability } from '../../container/capabilities.ts';
import { keepsJournal } from '../../event/kept-journal.ts';
import { listImages } from '../../image/resolve.ts';
import { libexecPath } from '../../native/locate.ts';
import { findProgram } from '../../native/programs.ts';
import { defaultLog } from '../../request/log.ts';
import { type DriverChoice, explainDriver } from '../../store/drivers/choose.ts';
import type { Store } from '../../store/paths.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { networkDefaults } from '../containers/configured.ts';
import { stateName, viewContainers } from '../containers/describe.ts';
import type { Engine } from '../engine.ts';

/** Facts of the machine. */
interface HostFacts {
  kernel: string;
  architecture: string;
  distribution: { name: string; version: string };
  cpus: number;
  memoryTotal: number;
  memoryFree: number;
  cgroupVersion: 'v1' | 'v2';
  hostname: string;
  /** Seconds. */
  uptime: number;
}

function distribution(): HostFacts['distribution'] {
  try {
    const lines = readFileSync('/etc/os-release', 'utf8').split('\n');
    const field = (key: string): string =>
      lines
        .find((line) => line.startsWith(`${key}=`))
        ?.slice(key.length + 1)
        .replaceAll('"', '') ?? '';
    return { name: field('ID'), version: field('VERSION_ID') };
  } catch {
    return { name: 'unknown', version: '' };
  }
}

function hostFacts(): HostFacts {
  const names: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };
  return {
    kernel: release(),
    architecture: names[arch()] ?? arch(),
    distribution: distribution(),
    cpus: cpus().length,
    memoryTotal: totalmem(),
    memoryFree: freemem(),
    cgroupVersion: hasUnifiedCgroups() ? 'v2' : 'v1',
    hostname: hostname(),
    uptime: Math.floor(uptime()),
  };
}

/** Facts about the machine and the store. */
export interface SystemFacts {
  host: HostFacts;
  /** The maker of control groups, or `disabled` and why there is none. */
  cgroups: { manager: string; controllers: string[] };
  idMap: IdMap;
  rootless: boolean;
  eventsBackend: Engine['eventsBackend'];
  /** The log driver, network and rights of a container that asks for no others. */
  usual: {
    capabilities: readonly string[];
    logDriver: string;
    network: 'slirp4netns' | 'pasta';
  };
  networkConfigDir: string;
  /** Files of containers.conf(5) that were read, and storage.conf; null: there is none. */
  configuration: { files: readonly string[]; storage: string | null };
  /** Paths of programs; empty: it is not installed. */
  programs: { monitor: string; pasta: string; slirp4netns: string };
  containers: { number: number; running: number; paused: number; stopped: number };
  images: number;
  /** Sizes in bytes are those of the filesystem that the store lies in. */
  storage: {
    store: Store;
    choice: DriverChoice;
    mountProgram: string | null;
    size: number;
    used: number;
  };
}

function managerName({ cgroupManager }: Engine): string {
  if (cgroupManager === 'disabled') return cgroupManager;
  const choice = chooseManager(cgroupManager);
  return choice.manager === 'none' ? `disabled: ${choice.reason}` : choice.manager;
}

function countContainers({ store }: Engine): SystemFacts['containers'] {
  const states = viewContainers(store).map(({ state }) => stateName(state));
  const count = (wanted: string): number => states.filter((name) => name === wanted).length;
  const [number, paused, running] = [states.length, count('paused'), count('running')];
  return { number, paused, running, stopped: number - running - paused };
}

function usualCapabilities({ config }: Engine): readonly string[] {
  const words = configTexts(config, 'containers.default_capabilities');
  return words?.map((name) => fullCapability(name, 'default_capabilities')) ?? defaultCapabilities;
}

/** Looks at the machine and the store, which is made unless it is there. */
export async function gatherFacts(engine: Engine): Promise<SystemFacts> {
  const { store, mountProgram, networkConfigDir, eventsBackend } = engine;
  makeStore(store);
  const idMap = engine.idMap();
  const { slirpProgram, programDirectories } = networkDefaults(engine);
  const choice = await explainDriver(store, engine.storageDriver, idMap);
  const { blocks, bfree, bsize } = statfsSync(store.root);
  return {
    host: hostFacts(),
    cgroups: {
      manager: managerName(engine),
      controllers: availableControllers(delegatedGroup() ?? cgroupRoot),
    },
    idMap,
    rootless: process.geteuid?.() !== 0,
    eventsBackend,
    usual: {
      capabilities: usualCapabilities(engine),
      logDriver:
        configText(engine.config, 'containers.log_driver') ??
        (keepsJournal() ? 'journald' : defaultLog().driver),
      network:
        configText(engine.config, 'network.default_rootless_network_cmd') === 'pasta'
          ? 'pasta'
          : 'slirp4netns',
    },
    networkConfigDir,
    configuration: { files: engine.config.files, storage: engine.storageConf.file },
    programs: {
      monitor: libexecPath('bryo-launcher'),
      pasta: findProgram('pasta', programDirectories) ?? '',
      slirp4netns: slirpProgram ?? findProgram('slirp4netns', programDirectories) ?? '',
    },
    containers: countContainers(engine),
    images: listImages(store).length,
    storage: { store, choice, mountProgram, size: blocks * bsize, used: (blocks - bfree) * bsize },
  };
}
