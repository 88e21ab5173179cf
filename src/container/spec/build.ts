import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import type { FileOwner, OciMount, OciNamespace, OciSpec } from '../../plan/spec.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { isOwn } from '../../request/namespaces.ts';
import { isRootUser, resolveCapabilities, userCapabilities } from '../capabilities.ts';
import { buildEnvironment } from '../environment.ts';
import type { ContainerRecord } from '../record.ts';
import type { InnerMap } from '../userns/container-map.ts';
import { deviceMountOptions, expandDevice, requestedDevice, standardDevices } from './devices.ts';
import { hostDevices } from './host-devices.ts';
import { resourceLimits } from './limits.ts';
import { type SystemMountOptions, systemMounts } from './mounts.ts';
import { applyMasks, maskedPaths, readonlyPaths } from './paths.ts';
import { scratchMounts } from './scratch.ts';
import { defaultSysctls } from './sysctls.ts';
import { runsSystemd, systemdMounts } from './systemd.ts';
import { type ResolvedMount, userMount } from './user-mounts.ts';

/** A file of the host that is bound into a container. */
export interface HostFile {
  source: string;
  target: string;
  /** The container's root shall own it. */
  ofRoot?: boolean;
}

/** Decisions about the start of a container, besides its record. */
export interface SpecCircumstances {
  hostname: string;
  /** Further `KEY=value` words of the environment. */
  env: readonly string[];
  /** The owner of the container's network. */
  network: { kind: 'own' } | { kind: 'host' } | { kind: 'join' };
  /** Namespaces of others. */
  joined?: readonly OciNamespace[];
  /** /dev/shm comes from elsewhere. */
  sharedMemory?: boolean;
  inner: InnerMap | null;
  mounts: ResolvedMount[];
  /** Host files to bind: /etc/hosts, /etc/resolv.conf, /etc/hostname, /run/.containerenv. */
  files: HostFile[];
  unifiedCgroups: boolean;
  /** Ids mapped in the container's namespace. */
  mappedGids: number;
  /** The user to run as when neither the record nor the image names one. */
  defaultUser: string;
}

function namespaces(options: ContainerOptions, circumstances: SpecCircumstances): OciNamespace[] {
  const list: OciNamespace[] = [{ type: 'user' }, { type: 'mount' }];
  if (isOwn(options.pid)) list.push({ type: 'pid' });
  if (isOwn(options.ipc)) list.push({ type: 'ipc' });
  if (isOwn(options.uts)) list.push({ type: 'uts' });
  if (isOwn(options.cgroupns)) list.push({ type: 'cgroup' });
  if (circumstances.network.kind === 'own') list.push({ type: 'network' });
  return [...list, ...(circumstances.joined ?? [])];
}

function fileMounts(
  circumstances: SpecCircumstances,
  taken: ReadonlySet<string>,
  chrootDirs: readonly string[],
): OciMount[] {
  const files = boundFiles(circumstances);
  const again = chrootDirs.flatMap((directory) =>
    files.map((file) => ({ ...file, target: posix.join(directory, file.target) })),
  );
  const root = rootIds(circumstances.inner);
  return [...files, ...again]
    .filter(({ target }) => !taken.has(target))
    .map(({ source, target, ofRoot = false }) => ({
      destination: target,
      type: 'bind',
      source,
      options: ['nosuid', 'nodev', 'noexec', 'rprivate'],
      ...(ofRoot && root !== null && { fileOwner: root }),
    }));
}

/** The ids of the container's root in the storage namespace; null: it has those of the caller's files, or none. */
function rootIds(inner: InnerMap | null): FileOwner | null {
  if (inner === null) return null;
  const [uid, gid] = [inner.uids, inner.gids].map(
    (mappings) => mappings.find(({ containerId }) => containerId === 0)?.hostId,
  );
  if (uid === undefined || gid === undefined || (uid === 0 && gid === 0)) return null;
  return { uid, gid };
}

/** The files that are bound, but where a directory of the user's is /run nothing is made for bryo's own. */
function boundFiles({ files, mounts }: SpecCircumstances): SpecCircumstances['files'] {
  const foreignRun = mounts.some(({ kind, target }) => kind === 'bind' && target === '/run');
  return foreignRun ? files.filter(({ target }) => target !== '/run/.containerenv') : files;
}

/** Whether a user's mount takes the place of ours; one of /dev brings all that lies in it. */
function isTaken(destination: string, taken: ReadonlySet<string>): boolean {
  return taken.has(destination) || (taken.has('/dev') && destination.startsWith('/dev/'));
}

function mounts(record: ContainerRecord, circumstances: SpecCircumstances): OciMount[] {
  const { options } = record;
  const systemd = runsSystemd(record);
  const user = record.user === '' ? circumstances.defaultUser : record.user;
  const requested = circumstances.mounts.map((mount) => userMount(mount, user));
  const taken = new Set(requested.map(({ destination }) => destination));
  const foreignMemory = circumstances.sharedMemory === true || options.ipc === 'none';
  const system: SystemMountOptions = {
    host: {
      network: circumstances.network.kind === 'host',
      pid: options.pid === 'host',
      ipc: options.ipc === 'host',
      cgroups: options.cgroupns === 'host',
      messageQueues: options.ipc === 'host' && existsSync('/dev/mqueue'),
    },
    shmSize: foreignMemory ? null : options.shmSize,
    ttyGroupMapped: circumstances.mappedGids > 5,
    unifiedCgroups: circumstances.unifiedCgroups,
    privileged: options.security.privileged,
    readOnlyDev: options.readOnly && !options.files.readOnlyTmpfs,
    procOptions: options.security.procOptions,
    writableCgroups: systemd && isOwn(options.cgroupns),
  };
  return [
    // procfs always comes first; the launcher refuses what would be mounted over it.
    ...systemMounts(system).filter(
      ({ destination }) => destination === '/proc' || !isTaken(destination, taken),
    ),
    ...(systemd ? systemdMounts(options.shmSizeSystemd, taken) : []),
    ...scratchMounts(record, taken),
    ...fileMounts(circumstances, taken, options.files.chrootDirs),
    ...options.devices
      .flatMap(expandDevice)
      .filter(({ permissions }) => !permissions.includes('w'))
      .map(({ source, target, permissions }) => ({
        destination: target,
        type: 'bind',
        source,
        options: ['nosuid', 'noexec', ...deviceMountOptions(permissions)],
      })),
    ...requested,
  ];
}

function ociMappings(mappings: InnerMap['uids']) {
  return mappings.map(({ containerId, hostId, size }) => ({
    containerID: containerId,
    hostID: hostId,
    size,
  }));
}

function devices(options: ContainerOptions) {
  const asked = options.devices.flatMap(expandDevice).filter((d) => d.permissions.includes('w'));
  const targets = new Set(options.devices.map(({ target }) => target));
  const host = options.security.privileged ? hostDevices() : [];
  return [
    ...standardDevices(),
    ...[...host.filter(({ target }) => !targets.has(target)), ...asked].map(requestedDevice),
  ];
}

/**
 * The root user gets its capabilities; another user has them in the bounding set, and those that were
 * added also for programs that it starts.
 */
function processCapabilities(options: ContainerOptions, user: string) {
  const bounding = resolveCapabilities(options.capAdd, options.capDrop);
  const root = isRootUser(user);
  const own = root ? bounding : userCapabilities(options);
  const passed = root ? [] : own;
  return { bounding, effective: own, permitted: own, inheritable: passed, ambient: passed };
}

/** The OCI configuration (config.json) of a container that is about to start. */
export function buildSpec(record: ContainerRecord, circumstances: SpecCircumstances): OciSpec {
  const { options } = record;
  const { security } = options;
  const user = record.user === '' ? circumstances.defaultUser : record.user;
  const path = record.rootfs.kind === 'directory' ? record.rootfs.path : 'merged';
  return {
    ociVersion: '1.2.0',
    process: {
      terminal: options.tty,
      user: {
        uid: 0,
        gid: 0,
        additionalGids: [],
        additionalGroups: options.groupAdd.filter((group) => group !== 'keep-groups'),
        username: user,
      },
      args: record.args,
      env: [
        ...buildEnvironment({
          image: record.imageEnv,
          requested: options.env,
          hostname: circumstances.hostname,
          terminal: options.tty,
          request: options.environment,
        }),
        ...(runsSystemd(record) ? [`container_uuid=${record.id.slice(0, 32)}`] : []),
        ...circumstances.env,
      ],
      cwd: record.workdir,
      capabilities: processCapabilities(options, user),
      rlimits: resourceLimits(options.ulimits, security.hardened),
      noNewPrivileges: security.noNewPrivileges,
      ...(options.oomScoreAdj !== null && { oomScoreAdj: options.oomScoreAdj }),
    },
    root: { path, readonly: options.readOnly },
    hostname: circumstances.hostname,
    ...(options.domainname !== null && { domainname: options.domainname }),
    mounts: mounts(record, circumstances),
    annotations: options.annotations,
    linux: {
      uidMappings: ociMappings(circumstances.inner?.uids ?? []),
      gidMappings: ociMappings(circumstances.inner?.gids ?? []),
      namespaces: namespaces(options, circumstances),
      devices: devices(options),
      sysctl: { ...defaultSysctls(circumstances.network.kind === 'own'), ...options.sysctls },
      seccomp: null,
      ...(options.personality !== null && { personality: options.personality }),
      maskedPaths: applyMasks(maskedPaths, security),
      readonlyPaths: applyMasks(readonlyPaths, { mask: [], unmask: security.unmask }),
    },
  };
}
