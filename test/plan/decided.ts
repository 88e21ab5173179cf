import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerRecord } from '../../src/container/record.ts';
import { prepareStart } from '../../src/engine/containers/start/prepare.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { noDescriptors } from '../../src/native/inherited-fds.ts';
import { hostHosts } from '../../src/network/hosts.ts';
import { noLimits } from '../../src/request/limits.ts';
import { storePaths } from '../../src/store/paths.ts';
import { decidedLines } from './views.ts';

/** The container's files, of /etc/hosts only what the host's own does not say. */
function filesOf(directory: string): [string, string][] {
  const hosts = new Set(hostHosts().split('\n'));
  return readdirSync(directory)
    .filter((name) => ['hosts', 'hostname', 'containerenv'].includes(name))
    .sort()
    .map((name) => {
      const own = readFileSync(join(directory, name), 'utf8').split('\n');
      return [name, own.filter((line) => name !== 'hosts' || !hosts.has(line)).join('\n')];
    });
}

/** All that is decided about a start of a container with this record, a line each. */
export async function decideStart(engine: Engine, record: ContainerRecord): Promise<string[]> {
  const directory = storePaths.container(engine.store, record.id);
  mkdirSync(join(directory, 'merged'), { recursive: true });
  // Whether there can be a control group depends on the machine; its limits are shown by themselves.
  const groupless = { ...record.options, resources: noLimits(), cgroupParent: null };
  const { spec, plan } = await prepareStart(
    engine,
    { ...record, options: { ...groupless, cgroups: 'disabled' } },
    { size: null, inherited: noDescriptors, shown: true },
  );
  return decidedLines({ record, spec, plan, files: filesOf(directory) });
}
