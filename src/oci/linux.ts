import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseMountOptions } from '../plan/mount-options.ts';
import type {
  OciIdMapping,
  OciMount,
  OciNamespace,
  OciNamespaceType,
  OciSpec,
} from '../plan/spec.ts';
import { checkSysctl } from '../request/sysctls.ts';
import { readDevices } from './devices.ts';
import type { Fields } from './fields.ts';

const namespaceTypes: readonly OciNamespaceType[] = [
  'pid',
  'network',
  'mount',
  'ipc',
  'uts',
  'user',
  'cgroup',
  'time',
];

/** Values of personality(2) for the domains of config-linux.md. */
const personalities: Record<string, number> = { LINUX: 0x0000, LINUX32: 0x0008 };

function readNamespaces(linux: Fields): OciNamespace[] {
  const seen = new Set<string>();
  return linux.objects('namespaces').map((fields) => {
    const name = fields.text('type');
    const type = namespaceTypes.find((known) => known === name);
    if (type === undefined) throw fields.wrong('type', `is the unknown ${JSON.stringify(name)}`);
    if (seen.has(type)) throw fields.wrong('type', `names ${type} for the second time`);
    seen.add(type);
    const path = fields.optionalText('path') ?? '';
    if (path === '') return { type };
    if (!path.startsWith('/')) throw fields.wrong('path', 'is not an absolute path');
    return { type, path };
  });
}

function readMappings(linux: Fields, name: string): OciIdMapping[] {
  return linux.objects(name).map((fields) => ({
    containerID: fields.unsigned('containerID', 0),
    hostID: fields.unsigned('hostID', 0),
    size: fields.unsigned('size'),
  }));
}

function readSysctls(linux: Fields, namespaces: readonly OciNamespace[]): Record<string, string> {
  const has = (type: OciNamespaceType) => namespaces.some((ns) => ns.type === type);
  const sysctl = linux.textMap('sysctl');
  for (const [key, value] of Object.entries(sysctl)) {
    const name = key === 'kernel.hostname' || key === 'kernel.domainname';
    if (name && has('uts')) continue;
    checkSysctl(key, value, { network: has('network'), ipc: has('ipc') ? 'private' : 'host' });
  }
  return sysctl;
}

function readTimeOffsets(linux: Fields): string {
  const offsets = linux.optionalObject('timeOffsets');
  if (offsets === null) return '';
  return offsets
    .names()
    .map((clock) => {
      if (clock !== 'monotonic' && clock !== 'boottime') {
        throw offsets.wrong(clock, 'is no clock of a time namespace');
      }
      const fields = offsets.optionalObject(clock);
      return `${clock} ${fields?.optionalInteger('secs') ?? 0} ${fields?.unsigned('nanosecs', 0) ?? 0}\n`;
    })
    .join('');
}

function readPersonality(linux: Fields): number | undefined {
  const fields = linux.optionalObject('personality');
  if (fields === null) return undefined;
  if (fields.texts('flags').length > 0) throw fields.unsupported('flags', 'none is defined');
  const value = personalities[fields.text('domain')];
  if (value === undefined) throw fields.wrong('domain', 'is neither LINUX nor LINUX32');
  return value;
}

function readPropagation(linux: Fields): string | undefined {
  const name = linux.optionalText('rootfsPropagation') ?? '';
  if (name === '') return undefined;
  if (!/^r?(shared|slave|private|unbindable)$/.test(name)) {
    throw linux.wrong('rootfsPropagation', 'is no kind of propagation');
  }
  return name;
}

/** Refuses by name what no rootless runtime can do, or this one does not. */
function refuseUnsupported(linux: Fields): void {
  const refused: Record<string, string> = {
    intelRdt: 'groups of resctrl are not supported',
    mountLabel: 'SELinux mount labels are not supported',
  };
  for (const [name, why] of Object.entries(refused)) {
    // Without SELinux there is nothing that a label could be for: engines ask for one all the same.
    if (name === 'mountLabel' && !existsSync('/sys/fs/selinux/enforce')) continue;
    if (linux.has(name) && linux.json(name) !== '""' && linux.json(name) !== '{}') {
      throw linux.unsupported(name, why);
    }
  }
}

/**
 * Reads `linux` of a configuration, but for seccomp and resources (config-linux.md). `makesNodes`: the caller may make
 * device nodes, as long as it does not do so in a user namespace.
 */
export function readLinux(linux: Fields, makesNodes: boolean): OciSpec['linux'] {
  refuseUnsupported(linux);
  const namespaces = readNamespaces(linux);
  const propagation = readPropagation(linux);
  const personality = readPersonality(linux);
  return {
    uidMappings: readMappings(linux, 'uidMappings'),
    gidMappings: readMappings(linux, 'gidMappings'),
    namespaces,
    ...readDevices(linux, makesNodes && !namespaces.some(({ type }) => type === 'user')),
    sysctl: readSysctls(linux, namespaces),
    seccomp: null,
    maskedPaths: linux.texts('maskedPaths'),
    readonlyPaths: linux.texts('readonlyPaths'),
    timeOffsets: readTimeOffsets(linux),
    ...(propagation !== undefined && { rootfsPropagation: propagation }),
    ...(personality !== undefined && { personality }),
  };
}

const emptyCgroup: Pick<OciMount, 'type' | 'source' | 'options'> = {
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['nosuid', 'noexec', 'nodev', 'ro', 'size=0', 'mode=755'],
};

/** The id mappings of the container's user namespace. */
export interface Owners {
  uids: OciIdMapping[];
  gids: OciIdMapping[];
}

/** A mount's ids outside are the host's; the launcher, inside, has those of the container. */
function insideIds(
  fields: Fields,
  name: string,
  wanted: OciIdMapping[],
  own: readonly OciIdMapping[],
): OciIdMapping[] {
  if (own.length === 0) return wanted;
  return wanted.map(({ containerID, hostID, size }) => {
    const extent = own.find(
      (other) => hostID >= other.hostID && hostID + size <= other.hostID + other.size,
    );
    if (extent === undefined) {
      throw fields.unsupported(
        name,
        `the ids from ${hostID} on are not all mapped in the container`,
      );
    }
    return { containerID, hostID: hostID - extent.hostID + extent.containerID, size };
  });
}

/** `uidMappings`, `gidMappings` and the options `idmap` and `ridmap` (config.md, "Mounts"). */
function readMountIds(
  fields: Fields,
  { owners }: { owners: Owners },
  options: readonly string[],
): Pick<OciMount, 'idMap'> {
  const asked = options.find((option) => option === 'idmap' || option === 'ridmap');
  const uids = readMappings(fields, 'uidMappings');
  const gids = readMappings(fields, 'gidMappings');
  if (asked === undefined && uids.length + gids.length === 0) return {};
  if ((uids.length === 0) !== (gids.length === 0)) {
    throw fields.wrong('uidMappings', 'and gidMappings must both be there, or neither');
  }
  return {
    idMap: {
      uids: insideIds(fields, 'uidMappings', uids.length > 0 ? uids : owners.uids, owners.uids),
      gids: insideIds(fields, 'gidMappings', gids.length > 0 ? gids : owners.gids, owners.gids),
      recursive: asked === 'ridmap',
    },
  };
}

/** Of a bind mount, options of a filesystem (`mode=…`) say nothing: the kernel passes by them, too. */
function readBind(fields: Fields, mount: Omit<OciMount, 'type'>, bundle: string): OciMount {
  const { data, copySymlink } = parseMountOptions(mount.options);
  const unknown = data.find((option) => !/^[a-z_]+=/.test(option));
  if (unknown !== undefined) throw fields.wrong('options', `has the unknown ${unknown}`);
  const source = resolve(bundle, mount.source);
  const link = copySymlink ? linkTarget(source) : null;
  return { ...mount, type: 'bind', source, ...(link !== null && { symlink: link }) };
}

/** The text of a symbolic link; null for anything else. */
function linkTarget(path: string): string | null {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : null;
}

/** Reads one entry of `mounts`; sources are resolved against the bundle. */
export function readMount(
  fields: Fields,
  place: { bundle: string; unifiedCgroups: boolean; owners: Owners },
): OciMount {
  const destination = fields.text('destination');
  if (!destination.startsWith('/')) throw fields.wrong('destination', 'is not an absolute path');
  // podman writes an empty one for the tmpfs that systemd needs.
  const given = fields.texts('options').filter((option) => option !== '');
  const options = given.filter((option) => option !== 'idmap' && option !== 'ridmap');
  const idMap = readMountIds(fields, place, given);
  const bound = options.includes('bind') || options.includes('rbind');
  const type = bound ? 'bind' : (fields.optionalText('type') ?? '');
  const source = fields.optionalText('source') ?? '';
  if (type === 'bind') {
    if (source === '') throw fields.wrong('source', 'is missing');
    return readBind(fields, { destination, source, options, ...idMap }, place.bundle);
  }
  if (type === '') throw fields.wrong('type', 'is missing');
  // Control groups of version 1 cannot be given to an ordinary user's container.
  if (type === 'cgroup' && !place.unifiedCgroups) return { destination, ...emptyCgroup };
  return { destination, type, source, options, ...idMap };
}
