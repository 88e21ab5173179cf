import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { release } from 'node:os';
import type { IdMap } from '../../../base/id-map.ts';
import {
  availableControllers,
  delegatedGroup,
  hasUnifiedCgroups,
} from '../../../cgroup/hierarchy.ts';
import { foreignTables } from '../../../config/keys/others.ts';
import { configKeys } from '../../../config/keys/table.ts';
import { libexecPath } from '../../../native/locate.ts';
import { findProgram } from '../../../native/programs.ts';
import { readSubordinateRanges, type SubordinateRange } from '../../../native/subordinate-ids.ts';
import { callerEntry } from '../../../native/user.ts';
import { runInUserns } from '../../../native/userns.ts';
import { storeHolder } from '../../../network/bridge/holder.ts';
import { type BridgeProbe, probeBridges } from '../../../network/bridge/probe.ts';
import { mapsHost } from '../../../network/pasta.ts';
import { fuseOverlayfsDriver } from '../../../store/drivers/fuse-overlayfs.ts';
import { overlayDriver } from '../../../store/drivers/overlay.ts';
import { networkDefaults } from '../../containers/configured.ts';
import type { Engine } from '../../engine.ts';

/** The caller, and what the machine has given them. */
interface CallerFacts {
  uid: number;
  user: string;
  subuids: SubordinateRange[];
  subgids: SubordinateRange[];
  runtimeDir: { path: string | null; problem: string | null };
  lingering: boolean;
}

/** The kernel's abilities, and what it lets be done. */
interface KernelFacts {
  kernel: string;
  /** Content of files in /proc/sys; null: there is no such setting. */
  sysctls: Record<string, string | null>;
  appArmor: {
    /** Of this process; null: AppArmor is not there. */
    label: string | null;
    /** The profile that install.sh has put beside the programs, and its name; null: there is none. */
    profile: string | null;
    profileName: string;
  };
  /** Error of really making a user namespace; null: it works. */
  usernsError: string | null;
  devices: Record<string, 'ok' | 'missing' | 'denied'>;
  cgroupVersion: 1 | 2;
  /** Keys of the caller's, of which each container takes one, and how many there may be; null: it is not known. */
  keys: { used: number; most: number } | null;
  bridges: BridgeProbe;
}

/** Programs and services of the machine. */
interface ServiceFacts {
  /** Programs by name; null: not installed. */
  programs: Record<string, string | null>;
  /** newuidmap and newgidmap may map ids: setuid root or a file capability. */
  mapperPrivileged: boolean;
  /** pasta is there and knows how to show containers the host at an address of its own. */
  pastaMapsHost: boolean;
  systemd: boolean;
  /** Controllers delegated to the user's systemd; null: there is no such slice. */
  delegated: string[] | null;
}

/** Where images and containers are kept. */
interface StorageFacts {
  /** The storage driver that the caller asks for; null: the first that works. */
  requestedDriver: string | null;
  overlayRefusal: string | null;
  fuseRefusal: string | null;
  dataDir: { path: string; freeBytes: number; type: number };
  /** Files that were read, and keys of them that change nothing, with the reason. */
  configuration: { files: readonly string[]; idle: Record<string, string>; unknown: string[] };
}

/** The facts that the checks judge, gathered once; tests make them up. */
export interface DoctorFacts extends CallerFacts, KernelFacts, ServiceFacts, StorageFacts {}

const programNames = ['newuidmap', 'newgidmap', 'slirp4netns', 'pasta', 'nft', 'fuse-overlayfs'];
const sysctlNames = [
  'user/max_user_namespaces',
  'kernel/unprivileged_userns_clone',
  'kernel/apparmor_restrict_unprivileged_userns',
  'net/ipv4/ip_unprivileged_port_start',
  'net/ipv4/ping_group_range',
];

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function deviceState(path: string): 'ok' | 'missing' | 'denied' {
  if (!existsSync(path)) return 'missing';
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'ok';
  } catch {
    return 'denied';
  }
}

function runtimeDirectory(uid: number): DoctorFacts['runtimeDir'] {
  const path = process.env['XDG_RUNTIME_DIR'] ?? null;
  if (path === null || path === '') return { path: null, problem: 'it is not set' };
  try {
    const { uid: owner, mode } = statSync(path);
    if (owner !== uid) return { path, problem: `${path} belongs to user ${owner}` };
    if ((mode & 0o077) !== 0) return { path, problem: `${path} is open to others` };
    return { path, problem: null };
  } catch {
    return { path, problem: `${path} does not exist` };
  }
}

function mapperPrivileged(path: string | null): boolean {
  if (path === null) return false;
  // A file capability cannot be read without its library; Debian and Ubuntu install it setuid.
  return (statSync(path).mode & 0o4000) !== 0 || !existsSync('/etc/debian_version');
}

function appArmorFacts(): DoctorFacts['appArmor'] {
  const label = readText('/proc/self/attr/apparmor/current') || null;
  const path = libexecPath('apparmor-profile');
  const [, name] = /^profile (\S+) /m.exec(readText(path) ?? '') ?? [];
  return { label, profile: name === undefined ? null : path, profileName: name ?? 'bryo' };
}

async function tryUserns(idMap: IdMap): Promise<string | null> {
  const result = await runInUserns({ argv: ['/bin/true'], idMap });
  return result.exitCode === 0 ? null : result.stderr.trim() || `exit status ${result.exitCode}`;
}

async function overlayRefusal(directory: string, idMap: IdMap): Promise<string | null> {
  try {
    return await overlayDriver.probe(directory, idMap);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The caller's line of /proc/key-users (proc(5)); who has no keys has none. */
function keyFacts(uid: number): DoctorFacts['keys'] {
  const text = readText('/proc/key-users');
  const most = readText('/proc/sys/kernel/keys/maxkeys');
  if (text === null || most === null) return null;
  const line = new RegExp(`^\\s*${uid}:\\s+\\d+\\s+\\S+\\s+(\\d+)/(\\d+)`, 'm').exec(text);
  return { used: Number(line?.[1] ?? '0'), most: Number(line?.[2] ?? most) };
}

function bridgeFacts(engine: Engine, usernsError: string | null): BridgeProbe {
  if (usernsError !== null) return { parts: [], problem: usernsError };
  try {
    return probeBridges(storeHolder(engine.store, engine.idMap(), networkDefaults(engine)).holder);
  } catch (error) {
    return { parts: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

function existingParent(path: string): string {
  let current = path;
  while (!existsSync(current)) current = current.slice(0, current.lastIndexOf('/')) || '/';
  return current;
}

function configurationFacts({ config, storageConf }: Engine): DoctorFacts['configuration'] {
  const idle: Record<string, string> = {};
  for (const name of config.values.keys()) {
    const use = configKeys.get(name)?.use;
    const why = use?.kind === 'none' ? use.why : foreignTables[name];
    if (why !== undefined) idle[name] = why;
  }
  const { file } = storageConf;
  return {
    files: [...config.files, ...(file === null ? [] : [file])],
    idle,
    unknown: config.unknown.map(({ key, file }) => `${key} in ${file}`),
  };
}

/** Looks at the machine. */
export async function gatherFacts(engine: Engine): Promise<DoctorFacts> {
  const { programDirectories } = networkDefaults(engine);
  const uid = process.geteuid?.() ?? 0;
  const user = callerEntry()?.name ?? String(uid);
  const programs: Record<string, string | null> = {};
  for (const name of programNames) programs[name] = findProgram(name, programDirectories);
  const sysctls: Record<string, string | null> = {};
  for (const name of sysctlNames) sysctls[name] = readText(`/proc/sys/${name}`);
  const idMap = engine.idMap();
  const usernsError = await tryUserns(idMap);
  const group = delegatedGroup();
  const directory = existingParent(engine.store.root);
  const space = statfsSync(directory);
  return {
    uid,
    user,
    kernel: release(),
    subuids: readSubordinateRanges('/etc/subuid', user, uid),
    subgids: readSubordinateRanges('/etc/subgid', user, uid),
    programs,
    mapperPrivileged: mapperPrivileged(programs['newuidmap'] ?? null),
    sysctls,
    appArmor: appArmorFacts(),
    usernsError,
    devices: {
      '/dev/fuse': deviceState('/dev/fuse'),
      '/dev/net/tun': deviceState('/dev/net/tun'),
    },
    cgroupVersion: hasUnifiedCgroups() ? 2 : 1,
    keys: keyFacts(uid),
    bridges: bridgeFacts(engine, usernsError),
    pastaMapsHost: programs['pasta'] != null && mapsHost(programs['pasta']),
    delegated: group === null ? null : availableControllers(group),
    runtimeDir: runtimeDirectory(uid),
    lingering: existsSync(`/var/lib/systemd/linger/${user}`),
    systemd: existsSync('/run/systemd/system'),
    requestedDriver: engine.storageDriver,
    overlayRefusal: usernsError ?? (await overlayRefusal(directory, idMap)),
    fuseRefusal: await fuseOverlayfsDriver.probe(directory, idMap),
    configuration: configurationFacts(engine),
    dataDir: { path: engine.store.root, freeBytes: space.bavail * space.bsize, type: space.type },
  };
}
