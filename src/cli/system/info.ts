import { statfsSync } from 'node:fs';
import { platform } from 'node:os';
import { formatDuration } from '../../base/duration.ts';
import { availableControllers, cgroupRoot, delegatedGroup } from '../../cgroup/hierarchy.ts';
import { chooseManager } from '../../cgroup/place.ts';
import { defaultCapabilities } from '../../container/capabilities.ts';
import { stateName, viewContainers } from '../../engine/containers/describe.ts';
import type { Engine } from '../../engine/engine.ts';
import { hostFacts } from '../../engine/system/host.ts';
import { listImages } from '../../image/resolve.ts';
import { libexecPath } from '../../native/locate.ts';
import { findProgram } from '../../native/programs.ts';
import { type DriverChoice, explainDriver } from '../../store/drivers/choose.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printDockerInfo } from '../docker/info.ts';
import { formatOne } from '../format/format-flag.ts';
import { apiVersion, goArch, version } from '../version.ts';

/** Who makes control groups; `disabled` and the reason where nobody does. */
function managerName(engine: Engine): string {
  if (engine.cgroupManager === 'disabled') return 'disabled';
  const choice = chooseManager(engine.cgroupManager);
  return choice.manager === 'none' ? `disabled: ${choice.reason}` : choice.manager;
}

/** Why this storage driver is used. */
function driverReason(engine: Engine, { requested, refused }: DriverChoice): string {
  if (requested) {
    const byProgram = engine.mountProgram !== null && engine.storageDriver === 'fuse-overlayfs';
    return `asked for by ${byProgram ? '--storage-opt mount_program' : '--storage-driver'}`;
  }
  return refused.length === 0
    ? 'it works here, and it is the fastest'
    : 'the first that works here';
}

/** Parts of podman that programs ask for; what bryo has in their places. */
function podmansParts() {
  const monitor = libexecPath('bryo-launcher');
  return {
    buildahVersion: '',
    conmon: { package: '', path: monitor, version: `bryo version ${version}` },
    databaseBackend: 'files',
    networkBackend: 'bryo',
    networkBackendInfo: { backend: 'bryo', dns: {} },
    rootlessNetworkCmd: 'slirp4netns',
  };
}

async function gather(invocation: Invocation) {
  const { engine } = invocation.context;
  makeStore(engine.store);
  const idMap = engine.idMap();
  const choice = await explainDriver(engine.store, engine.storageDriver, idMap);
  const states = viewContainers(engine.store).map(({ state }) => stateName(state));
  const count = (wanted: string): number => states.filter((name) => name === wanted).length;
  const paused = count('paused');
  const running = count('running');
  const host = hostFacts();
  const mappings = (list: typeof idMap.uids) =>
    list.map(({ containerId, hostId, size }) => ({
      container_id: containerId,
      host_id: hostId,
      size,
    }));
  const capacity = statfsSync(engine.store.root);
  return {
    host: {
      arch: host.architecture,
      cgroupManager: managerName(engine),
      cgroupVersion: host.cgroupVersion,
      cgroupControllers: availableControllers(delegatedGroup() ?? cgroupRoot),
      cpus: host.cpus,
      distribution: { distribution: host.distribution.name, version: host.distribution.version },
      eventLogger: 'file',
      hostname: host.hostname,
      idMappings: { gidmap: mappings(idMap.gids), uidmap: mappings(idMap.uids) },
      kernel: host.kernel,
      linkmode: 'dynamic',
      logDriver: 'k8s-file',
      memFree: host.memoryFree,
      memTotal: host.memoryTotal,
      ociRuntime: { name: 'bryo', package: '', path: process.execPath, version },
      os: 'linux',
      pasta: { executable: findProgram('pasta') ?? '' },
      security: {
        apparmorEnabled: false,
        capabilities: defaultCapabilities.join(','),
        rootless: process.geteuid?.() !== 0,
        seccompEnabled: true,
        seccompProfilePath: '',
        selinuxEnabled: false,
      },
      serviceIsRemote: false,
      slirp4netns: { executable: findProgram('slirp4netns') ?? '' },
      ...podmansParts(),
      uptime: formatDuration(host.uptime * 1000),
    },
    networkConfigDir: engine.networkConfigDir,
    plugins: {
      volume: ['local'],
      network: ['slirp4netns', 'pasta'],
      log: ['k8s-file', 'json-file', 'journald', 'none', 'passthrough'],
      authorization: null,
    },
    registries: {},
    store: {
      configFile: '',
      containerStore: {
        number: states.length,
        paused,
        running,
        stopped: states.length - running - paused,
      },
      graphDriverName: choice.driver.name,
      graphDriverReason: driverReason(engine, choice),
      graphDriversRefused: choice.refused.map(({ name, why }) => `${name}: ${why}`),
      graphOptions: {},
      graphRoot: engine.store.root,
      graphRootAllocated: capacity.blocks * capacity.bsize,
      graphRootUsed: (capacity.blocks - capacity.bfree) * capacity.bsize,
      graphStatus: {},
      imageCopyTmpDir: `${engine.store.root}/tmp`,
      imageStore: { number: listImages(engine.store).length },
      runRoot: engine.store.runroot,
      volumePath: `${engine.store.root}/volumes`,
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
function withGoNames(value: unknown): unknown {
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

/** JSON's structure without its punctuation, easy to read. */
function outline(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return `${indent}${String(value)}\n`;
  return Object.entries(value)
    .map(([key, item]) => {
      const label = Array.isArray(value) ? '-' : `${key}:`;
      if (typeof item !== 'object' || item === null) return `${indent}${label} ${String(item)}\n`;
      return `${indent}${label}\n${outline(item, `${indent}  `)}`;
    })
    .join('');
}

export const command = defineCommand({
  name: 'info',
  noun: 'system',
  summary: 'Show facts of the machine and the store',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [{ name: 'format', short: 'f', value: 'FORMAT', help: 'json or a Go template' }],
  description: [
    "The fields have podman's names. store.graphDriverReason says why the storage driver was chosen, store.graphDriversRefused what was tried before it and why that cannot be used.",
  ],
  examples: [
    { command: `bryo info --format '{{.store.graphDriverName}}'`, says: 'the storage driver' },
    {
      command: `bryo info --format '{{range .store.graphDriversRefused}}{{println .}}{{end}}'`,
      says: 'which drivers cannot be used, and why',
    },
  ],
  async run(invocation) {
    const { context } = invocation;
    const info = await gather(invocation);
    if (context.dialect === 'docker') {
      const { host, store } = info;
      printDockerInfo(invocation, {
        cgroupManager: host.cgroupManager,
        cgroupVersion: host.cgroupVersion,
        containers: store.containerStore,
        cpus: host.cpus,
        distribution: `${host.distribution.distribution} ${host.distribution.version}`,
        driver: store.graphDriverName,
        hostname: host.hostname,
        images: store.imageStore.number,
        kernel: host.kernel,
        memory: host.memTotal,
        root: store.graphRoot,
      });
      return 0;
    }
    const format = invocation.text('format');
    context.stdout.write(
      format === null ? outline(info) : formatOne(format, withGoNames(info), context.dialect),
    );
    return 0;
  },
});
