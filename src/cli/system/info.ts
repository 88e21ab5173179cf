import { formatDuration } from '../../base/duration.ts';
import { availableControllers, cgroupRoot, delegatedGroup } from '../../cgroup/hierarchy.ts';
import { chooseManager } from '../../cgroup/place.ts';
import { viewContainers } from '../../engine/describe.ts';
import type { Engine } from '../../engine/engine.ts';
import { hostFacts } from '../../engine/host.ts';
import { listImages } from '../../image/resolve.ts';
import { findProgram } from '../../native/programs.ts';
import { chooseDriver } from '../../store/drivers/choose.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
import { version } from '../version.ts';

/** Who makes control groups; `disabled` and the reason where nobody does. */
function managerName(engine: Engine): string {
  if (engine.cgroupManager === 'disabled') return 'disabled';
  const choice = chooseManager(engine.cgroupManager);
  return choice.manager === 'none' ? `disabled: ${choice.reason}` : choice.manager;
}

async function gather(invocation: Invocation) {
  const { engine } = invocation.context;
  makeStore(engine.store);
  const idMap = engine.idMap();
  const driver = await chooseDriver(engine.store, engine.storageDriver, idMap);
  const states = viewContainers(engine.store).map(({ state }) => state.status);
  const running = states.filter((status) => status === 'running').length;
  const host = hostFacts();
  const mappings = (list: typeof idMap.uids) =>
    list.map(({ containerId, hostId, size }) => ({
      container_id: containerId,
      host_id: hostId,
      size,
    }));
  return {
    host: {
      arch: host.architecture,
      cgroupManager: managerName(engine),
      cgroupControllers: availableControllers(delegatedGroup() ?? cgroupRoot),
      cgroupVersion: host.cgroupVersion,
      cpus: host.cpus,
      distribution: { distribution: host.distribution.name, version: host.distribution.version },
      hostname: host.hostname,
      idMappings: { uidmap: mappings(idMap.uids), gidmap: mappings(idMap.gids) },
      kernel: host.kernel,
      memFree: host.memoryFree,
      memTotal: host.memoryTotal,
      ociRuntime: { name: 'bryo', version },
      os: 'linux',
      pasta: { executable: findProgram('pasta') ?? '' },
      security: { rootless: true, seccompEnabled: true, capabilities: '' },
      slirp4netns: { executable: findProgram('slirp4netns') ?? '' },
      uptime: formatDuration(host.uptime * 1000),
    },
    networkConfigDir: engine.networkConfigDir,
    store: {
      containerStore: { number: states.length, running, stopped: states.length - running },
      graphDriverName: driver.name,
      graphRoot: engine.store.root,
      imageStore: { number: listImages(engine.store).length },
      runRoot: engine.store.runroot,
      volumePath: `${engine.store.root}/volumes`,
    },
    version: { Version: version },
  };
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
  description: ["The fields have podman's names."],
  examples: [
    { command: `bryo info --format '{{.store.graphDriverName}}'`, says: 'the storage driver' },
  ],
  async run(invocation) {
    const { context } = invocation;
    const info = await gather(invocation);
    const format = invocation.text('format');
    context.stdout.write(format === null ? outline(info) : formatOne(format, info));
    return 0;
  },
});
