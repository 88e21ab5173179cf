import { platform } from 'node:os';
import { formatDuration } from '../../base/duration.ts';
import { apiVersion, goArch, version } from '../../base/version.ts';
import type { SystemFacts } from '../../engine/system/facts.ts';
import type { ServiceSocket } from '../../engine/system/service-socket.ts';
import { storePaths } from '../../store/paths.ts';

/** Why the storage driver is used. */
function driverReason({ choice, mountProgram }: SystemFacts['storage']): string {
  const { requested, refused, driver } = choice;
  if (requested) {
    const byProgram = mountProgram !== null && driver.name === 'fuse-overlayfs';
    return `asked for by ${byProgram ? '--storage-opt mount_program' : '--storage-driver'}`;
  }
  return refused.length === 0
    ? 'it works here, and it is the fastest'
    : 'the first that works here';
}

/** The buildah in the podman whose command line this follows: programs ask whether it is new enough. */
export const buildahVersion = '1.39.3';

/** Parts of podman that programs ask for; what bryo has in their places. */
function podmansParts(monitor: string) {
  return {
    buildahVersion,
    conmon: {
      package: "bryo (in conmon's place)",
      path: monitor,
      version: `bryo version ${version}`,
    },
    databaseBackend: 'files',
    // Programs ask by it whether networks are those of netavark's files, and have names.
    networkBackend: 'netavark',
    networkBackendInfo: {
      backend: 'netavark',
      version: `bryo version ${version}`,
      package: "bryo (in netavark's place)",
      path: monitor,
      dns: { version: `bryo version ${version}`, package: 'bryo', path: monitor },
    },
  };
}

/** podman's lists of id mappings. */
function mappings(list: SystemFacts['idMap']['uids']) {
  return list.map(({ containerId, hostId, size }) => ({
    container_id: containerId,
    host_id: hostId,
    size,
  }));
}

/** The machine and the store as `podman info` shows them. */
export function podmanInfo(facts: SystemFacts, remoteSocket: ServiceSocket) {
  const { host, idMap, programs, storage } = facts;
  const { choice, store } = storage;
  return {
    host: {
      arch: host.architecture,
      cgroupManager: facts.cgroups.manager,
      cgroupVersion: host.cgroupVersion,
      cgroupControllers: facts.cgroups.controllers,
      cpus: host.cpus,
      distribution: { distribution: host.distribution.name, version: host.distribution.version },
      eventLogger: facts.eventsBackend,
      hostname: host.hostname,
      idMappings: { gidmap: mappings(idMap.gids), uidmap: mappings(idMap.uids) },
      kernel: host.kernel,
      linkmode: 'dynamic',
      logDriver: facts.usual.logDriver,
      memFree: host.memoryFree,
      memTotal: host.memoryTotal,
      ociRuntime: { name: 'bryo', package: '', path: process.execPath, version },
      os: 'linux',
      pasta: { executable: programs.pasta, package: '' },
      remoteSocket,
      security: {
        apparmorEnabled: false,
        capabilities: facts.usual.capabilities.join(','),
        rootless: facts.rootless,
        seccompEnabled: true,
        seccompProfilePath: '',
        selinuxEnabled: false,
      },
      serviceIsRemote: false,
      slirp4netns: { executable: programs.slirp4netns, package: '' },
      ...podmansParts(programs.monitor),
      rootlessNetworkCmd: facts.usual.network,
      uptime: formatDuration(host.uptime * 1000),
    },
    networkConfigDir: facts.networkConfigDir,
    plugins: {
      volume: ['local'],
      network: ['bridge', 'macvlan'],
      log: ['k8s-file', 'json-file', 'journald', 'none', 'passthrough'],
      authorization: null,
    },
    registries: {},
    configuration: { files: facts.configuration.files },
    store: {
      configFile: facts.configuration.storage ?? '',
      containerStore: facts.containers,
      graphDriverName: choice.driver.name,
      graphDriverReason: driverReason(storage),
      graphDriversRefused: choice.refused.map(({ name, why }) => `${name}: ${why}`),
      graphOptions: {},
      graphRoot: store.root,
      graphRootAllocated: storage.size,
      graphRootUsed: storage.used,
      graphStatus: {},
      imageCopyTmpDir: `${store.root}/tmp`,
      imageStore: { number: facts.images },
      runRoot: store.runroot,
      volumePath: storePaths.volumes(store),
    },
    version: {
      APIVersion: apiVersion,
      Version: version,
      OsArch: `${platform()}/${goArch()}`,
      Os: 'linux',
    },
  };
}

/** Names of Go fields that are not the JSON's with a capital letter. */
const goNames: Readonly<Record<string, string>> = {
  apparmorEnabled: 'AppArmorEnabled',
  cgroupVersion: 'CgroupsVersion',
  cpus: 'CPUs',
  gidmap: 'GIDMap',
  idMappings: 'IDMappings',
  ociRuntime: 'OCIRuntime',
  os: 'OS',
  capabilities: 'DefaultCapabilities',
  seccompEnabled: 'SECCOMPEnabled',
  seccompProfilePath: 'SECCOMPProfilePath',
  selinuxEnabled: 'SELinuxEnabled',
  slirp4netns: 'Slirp4NetNS',
  uidmap: 'UIDMap',
};

/** podman's templates know the fields by their names in Go: those are added, unseen in JSON. */
export function withGoNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withGoNames);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    result[key] = withGoNames(item);
    const name = goNames[key] ?? key.charAt(0).toUpperCase() + key.slice(1);
    if (Object.hasOwn(value, name)) continue;
    Object.defineProperty(result, name, { value: result[key], enumerable: false });
  }
  return result;
}
