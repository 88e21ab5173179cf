import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { type CgroupSetting, settingsOf } from '../cgroup/limits.ts';
import { cachedProgram } from '../container/seccomp/cached-program.ts';
import { compileSeccomp } from '../container/seccomp/compile.ts';
import { parseProfile } from '../container/seccomp/docker-profile.ts';
import { standardDevices } from '../container/spec/devices.ts';
import type { OciSeccomp, OciSpec } from '../plan/spec.ts';
import { deviceFilter, filterRules } from './device-filter.ts';
import { readDeviceRules } from './device-rules.ts';
import { applyDeviceRules } from './devices.ts';
import { Fields } from './fields.ts';
import { withImpliedUserns } from './implied-userns.ts';
import { readLinux, readMount } from './linux.ts';
import { readMemoryPolicy } from './memory-policy.ts';
import { type NetDevice, readNetDevices } from './net-devices.ts';
import { type ProcessConfig, readProcess, withoutProcess } from './process.ts';
import { type Hooks, readHooks } from './read-hooks.ts';
import { limitNames, readResources } from './resources.ts';

export interface SeccompConfig {
  /** The BPF program; compiled when it is first asked for, and kept at `seccompPath`. */
  program(): Uint8Array;
  /** Flags of seccomp(2). */
  flags: number;
  /** The agent that hears of system calls with SCMP_ACT_NOTIFY; `optional` where the profile has none. */
  listener: { path: string; metadata: string; optional: boolean } | null;
}

/** The purpose for which a configuration is read. */
export interface ConfigPlace {
  bundle: string;
  unifiedCgroups: boolean;
  /** Whether the caller may make device nodes, outside of user namespaces. */
  makesNodes: boolean;
  /** Whether the container's control group gets a filter of devices (device-filter.ts). */
  filtersDevices: boolean;
  /** Where the container's compiled seccomp program is kept; null: nowhere. */
  seccompPath: string | null;
}

/** A bundle's configuration, read and checked. */
export interface RuntimeConfig {
  /** The text it was read from. */
  text: string;
  spec: OciSpec;
  seccomp: SeccompConfig | null;
  hooks: Hooks;
  umask: number | null;
  consoleSize: ProcessConfig['consoleSize'];
  execAffinity: number[] | undefined;
  netDevices: NetDevice[];
  /** `linux.cgroupsPath`, and what `linux.resources` asks for. */
  cgroup: {
    path: string | null;
    settings: CgroupSetting[];
    /** The program that keeps the rules of devices; null: none does. */
    deviceFilter: (() => Uint8Array) | null;
  };
  /** Requests that are not carried out exactly as asked. */
  warnings: string[];
}

const specAllow = 4;

const seccompFlags: Record<string, number> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: specAllow,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 32,
};

function readListener(fields: Fields, profile: OciSeccomp): SeccompConfig['listener'] {
  const path = fields.optionalText('listenerPath') ?? '';
  const metadata = fields.optionalText('listenerMetadata') ?? '';
  const notify = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_NOTIFY');
  if (profile.defaultAction === 'SCMP_ACT_NOTIFY') {
    throw fields.unsupported('defaultAction', 'nobody could send the listener on');
  }
  // To an agent that listens crun sends a listener in any case; runc does not ask whether one does.
  if (notify.length === 0) return path.startsWith('/') ? { path, metadata, optional: true } : null;
  if (!path.startsWith('/')) {
    throw fields.wrong('listenerPath', 'is not the absolute path that SCMP_ACT_NOTIFY needs');
  }
  if (notify.some(({ names }) => names.includes('sendmsg'))) {
    throw fields.unsupported('syscalls', 'sendmsg cannot be notified: it sends the listener on');
  }
  return { path, metadata, optional: false };
}

function readSeccomp(
  linux: Fields | null,
  { seccompPath: path }: ConfigPlace,
  annotations: OciSpec['annotations'],
): RuntimeConfig['seccomp'] {
  const strict = annotations['run.oci.seccomp_fail_unknown_syscall'] === '1';
  const fields = linux?.optionalObject('seccomp') ?? null;
  if (linux === null || fields === null) return null;
  const flags = fields.texts('flags').map((flag) => {
    const value = seccompFlags[flag];
    if (value === undefined) throw fields.unsupported('flags', `unknown ${flag}`);
    return value;
  });
  const profile = parseProfile(linux.json('seccomp'), { capabilities: [] });
  const listener = readListener(fields, profile);
  // Profiles without a word of flags get runc's: mitigations that a filter would switch on cost much.
  const all = fields.has('flags') ? flags.reduce((a, b) => a | b, 0) : specAllow;
  return {
    program: () => {
      const compile = () => compileSeccomp(profile, { denyNewer: true, denyUnknown: strict });
      return path === null ? compile() : cachedProgram(path, compile);
    },
    // A single thread loads the filter; the kernel does not take both flags.
    flags: listener === null ? all : all & ~(seccompFlags['SECCOMP_FILTER_FLAG_TSYNC'] ?? 0),
    listener,
  };
}

/**
 * Refuses what takes mounts in a mount namespace that is joined without any: it is taken as it is. With some it
 * becomes the container's, as with other runtimes.
 */
function checkJoinedMounts({ linux, mounts, root, process }: OciSpec, config: Fields): void {
  const joined = linux.namespaces.find(({ type, path }) => type === 'mount' && path !== undefined);
  if (joined === undefined || mounts.length > 0) return;
  const wants: [string, boolean][] = [
    ['root.readonly', root.readonly],
    ['linux.maskedPaths', linux.maskedPaths.length > 0],
    ['linux.readonlyPaths', linux.readonlyPaths.length > 0],
    ['linux.devices', linux.devices.length > standardDevices().length],
    ['linux.devices', (linux.nodes ?? []).length > 0],
    ['linux.sysctl', Object.keys(linux.sysctl).length > 0],
    ['linux.rootfsPropagation', linux.rootfsPropagation !== undefined],
    ['process.oomScoreAdj', process.oomScoreAdj !== undefined],
    ['process.apparmorProfile or selinuxLabel', (process.securityLabels ?? []).length > 0],
  ];
  const [first] = wants.find(([, wanted]) => wanted) ?? [];
  if (first === undefined) return;
  throw config.unsupported(
    first,
    'the mount namespace is joined as it is, for there are no mounts',
  );
}

/** A configuration for another platform asks for what Linux does not have. */
function refuseOtherPlatforms(config: Fields): void {
  for (const name of ['windows', 'solaris', 'freebsd', 'zos', 'vm']) {
    if (config.has(name)) throw config.unsupported(name, 'containers here are those of Linux');
  }
}

/** Reads a configuration. Errors: BryoError `bad-config`, or `unsupported` naming the property. */
export function parseConfig(text: string, place: ConfigPlace): RuntimeConfig {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new BryoError('bad-config', 'config.json is not valid JSON');
  }
  const config = new Fields(json, '');
  const ociVersion = config.text('ociVersion');
  if (!/^1\.\d+\.\d+/.test(ociVersion)) throw config.wrong('ociVersion', 'is not 1.x.y');
  const root = config.optionalObject('root');
  if (root === null) throw config.wrong('root', 'is missing');
  const processFields = config.optionalObject('process');
  const { process, warnings, ...others } =
    processFields === null ? withoutProcess() : readProcess(processFields);
  refuseOtherPlatforms(config);
  const linux = config.optionalObject('linux');
  const memoryPolicy = readMemoryPolicy(linux);
  if (memoryPolicy !== undefined) process.memoryPolicy = memoryPolicy;
  const parts = withImpliedUserns(
    readLinux(linux ?? new Fields({}, 'linux'), place.makesNodes),
    process.user,
  );
  const owners = { uids: parts.uidMappings, gids: parts.gidMappings };
  const spec: OciSpec = {
    ociVersion,
    process,
    root: { path: resolve(place.bundle, root.text('path')), readonly: root.flag('readonly') },
    hostname: config.optionalText('hostname') ?? '',
    domainname: config.optionalText('domainname') ?? '',
    mounts: config.objects('mounts').map((fields) => readMount(fields, { ...place, owners })),
    annotations: config.textMap('annotations'),
    linux: parts,
  };
  const ownNames = spec.linux.namespaces.some(({ type }) => type === 'uts');
  if (!ownNames && `${spec.hostname}${spec.domainname}` !== '') {
    throw config.wrong('hostname', 'needs a uts namespace');
  }
  const ownTime = spec.linux.namespaces.some(({ type, path }) => type === 'time' && !path);
  if (!ownTime && spec.linux.timeOffsets !== '') {
    throw config.wrong('linux.timeOffsets', 'needs a new time namespace');
  }
  if (!spec.linux.namespaces.some(({ type }) => type === 'mount')) {
    throw config.wrong(
      'linux.namespaces',
      'lacks a mount namespace: what is mounted would stay so on the host',
    );
  }
  checkJoinedMounts(spec, config);
  const resources = linux?.optionalObject('resources') ?? null;
  const rules = readDeviceRules(resources);
  const given = { nodes: [], ...spec.linux };
  if (!place.filtersDevices) spec.linux.nodes = applyDeviceRules(resources, rules, given);
  return {
    text,
    spec,
    seccomp: readSeccomp(linux, place, spec.annotations),
    hooks: readHooks(config),
    ...others,
    netDevices: linux === null ? [] : readNetDevices(linux, spec.linux.namespaces),
    cgroup: {
      path: linux?.optionalText('cgroupsPath') || null,
      settings: settingsOf(readResources(resources), limitNames),
      deviceFilter: place.filtersDevices
        ? () => deviceFilter(filterRules(rules, [...given.devices, ...given.nodes]))
        : null,
    },
    warnings,
  };
}

/** Reads the configuration of a bundle, or the copy that is kept of it. */
export function readConfig(path: string, place: ConfigPlace): RuntimeConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BryoError('no-config', `${path} cannot be read`, { cause });
  }
  return parseConfig(text, place);
}
