import { BryoError } from '../../base/errors.ts';
import { isNetworkSetting } from '../../plan/compile-foreign.ts';
import type { OciDevice, OciMount, OciProcess, OciSeccomp, OciSpec } from '../../plan/spec.ts';
import { standardDevices } from '../spec/devices.ts';

/** Ids of the user that a process runs as. */
export interface ForeignUser {
  uid: number;
  gid: number;
}

/** The parts of a configuration that are decided beside the container's own specification. */
export interface ForeignParts {
  user: ForeignUser;
  umask: number;
  seccomp: OciSeccomp | null;
  /** The directory with the root filesystem and all that is mounted in it. */
  root: string;
  /** The runtime's own mounts. */
  mounts: readonly OciMount[];
}

/** RLIM_INFINITY is beyond what a number of JavaScript holds exactly: it is put in as text. */
const infinity = '18446744073709551615';

function groupIds({ user }: OciProcess): number[] {
  return (user.additionalGroups ?? []).map((group) => {
    if (/^\d+$/.test(group)) return Number(group);
    const text = `--group-add ${group}: another OCI runtime takes numbers only`;
    throw new BryoError('unsupported', text);
  });
}

/** A process in the specification's own terms (config.md, "Process"). */
export function foreignProcess(process: OciProcess, { user, umask, seccomp: _ }: ForeignParts) {
  const { terminal, args, env, cwd, capabilities, rlimits, noNewPrivileges, oomScoreAdj } = process;
  return {
    terminal,
    user: { ...user, umask, additionalGids: groupIds(process) },
    args,
    env,
    cwd,
    capabilities,
    rlimits,
    noNewPrivileges,
    ...(oomScoreAdj !== undefined && { oomScoreAdj }),
  };
}

/** Devices of the host are bound, for nobody without root makes them; the usual ones every runtime brings. */
function deviceMounts(devices: readonly OciDevice[]): OciMount[] {
  const usual = new Set(standardDevices().map(({ path }) => path));
  return devices
    .filter(({ path }) => !usual.has(path))
    .map(({ path, source }) => ({
      destination: path,
      type: 'bind',
      source,
      options: ['bind', 'nosuid', 'noexec'],
    }));
}

/** The network namespace is the one that the runtime is started in. */
function namespaces({ linux }: OciSpec) {
  return linux.namespaces
    .filter(({ type }) => type !== 'user' || linux.uidMappings.length > 0)
    .map((namespace) =>
      namespace.type === 'network' ? { type: 'network', path: '/proc/self/ns/net' } : namespace,
    );
}

/** A container with ids of its own is not root of the network namespace, and may not make a sysfs that shows it. */
function boundSysfs(mount: OciMount): OciMount {
  if (mount.type !== 'sysfs') return mount;
  const options = [...new Set([...mount.options, 'rbind', 'rprivate'])];
  return { ...mount, type: 'bind', source: '/sys', options };
}

/** Text of a JSON in which limits of -1 mean that there is none. */
export function foreignJson(value: unknown): string {
  return JSON.stringify(value).replace(/"(soft|hard)":-1\b/g, `"$1":${infinity}`);
}

/** The config.json that another OCI runtime gets (config.md). */
export function foreignConfig(spec: OciSpec, parts: ForeignParts) {
  const { linux, root, hostname, domainname, annotations } = spec;
  const mapped = linux.uidMappings.length > 0;
  return {
    ociVersion: '1.0.2',
    process: foreignProcess(spec.process, parts),
    root: { path: parts.root, readonly: root.readonly },
    ...(linux.namespaces.some(({ type }) => type === 'uts') && { hostname }),
    ...(domainname !== undefined && { domainname }),
    mounts: [
      ...(mapped ? parts.mounts.map(boundSysfs) : parts.mounts),
      ...deviceMounts(linux.devices),
    ],
    annotations,
    linux: {
      ...(mapped && { uidMappings: linux.uidMappings, gidMappings: linux.gidMappings }),
      namespaces: namespaces(spec),
      sysctl: Object.fromEntries(
        Object.entries(linux.sysctl).filter(([key]) => !isNetworkSetting(key)),
      ),
      ...(parts.seccomp !== null && { seccomp: parts.seccomp }),
      maskedPaths: linux.maskedPaths,
      readonlyPaths: linux.readonlyPaths,
    },
  };
}
