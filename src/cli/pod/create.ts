import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { parseSize } from '../../base/size.ts';
import { type ContainerOptions, defaultContainerOptions } from '../../container/options.ts';
import { checkSysctl } from '../../container/spec/sysctls.ts';
import { createPod } from '../../engine/pod/create.ts';
import { removePod } from '../../engine/pod/remove.ts';
import { type ExitPolicy, readShare } from '../../pod/pod.ts';
import { listPods } from '../../pod/records.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';
import { printLine } from '../context.ts';
import { readLabels } from '../options/container/identity.ts';
import { readRestart } from '../options/container/lifecycle.ts';
import { readSharedNetwork } from '../options/container/network.ts';
import { readUsernsFlags } from '../options/container/userns.ts';
import { containerOptions } from '../options/container-options.ts';
import { checkDuplicates, readVolumeFlag } from '../options/mount-flags.ts';
import { readNamespaces } from '../options/namespace-flags.ts';
import { badValue, readPair } from '../options/read-values.ts';
import { refusedPodFlags } from './refused.ts';

/** Flags that a pod has as a container has them. */
const sharedFlags = [
  ...['add-host', 'cgroup-parent', 'dns', 'dns-option', 'dns-search', 'gidmap', 'hostname'],
  ...['label', 'label-file', 'network', 'no-hosts', 'pid', 'publish', 'restart', 'shm-size'],
  ...['subgidname', 'subuidname', 'sysctl', 'uidmap', 'userns', 'uts', 'volume'],
];

const ownOptions: readonly OptionSpec[] = [
  { name: 'name', short: 'n', value: 'NAME', help: 'name of the pod; one is made up otherwise' },
  {
    name: 'exit-policy',
    value: 'POLICY',
    default: 'continue',
    choices: ['continue', 'stop'],
    help: 'when its last container has ended: continue, or stop the pod',
  },
  { name: 'infra', on: true, help: 'hold namespaces for the containers; else nothing is shared' },
  { name: 'infra-name', value: 'NAME', help: 'name of the container that holds the namespaces' },
  { name: 'pod-id-file', value: 'FILE', help: "write the pod's id to a new file" },
  { name: 'replace', help: 'remove a pod of the same name first' },
  {
    name: 'share',
    value: 'NAMESPACES',
    default: 'ipc,net,uts',
    help: 'what the containers share: cgroup, ipc, net, pid, user and uts, or none; +pid adds to the default',
  },
];

const memberFlags = containerOptions.filter(({ name }) => sharedFlags.includes(name));

function readExitPolicy(text: string | null): ExitPolicy {
  if (text === null || text === 'continue') return 'continue';
  if (text === 'stop') return text;
  throw badValue('--exit-policy', text, 'continue or stop is needed');
}

/** What the holder has, from the flags that are a container's, too. */
function holderOptions(invocation: Invocation): ContainerOptions {
  const { text, texts } = invocation;
  const defaults = defaultContainerOptions();
  const options: ContainerOptions = {
    ...defaults,
    ...readSharedNetwork(invocation),
    ...readNamespaces((name) => (name === 'pid' || name === 'uts' ? text(name) : null)),
    ...readUsernsFlags(invocation),
    shmSize: parseSize(text('shm-size') ?? '64m'),
    sysctls: Object.fromEntries(texts('sysctl').map(readPair)),
    log: { ...defaults.log, driver: 'none' },
  };
  const own = ['default', 'slirp4netns', 'pasta', 'none'].includes(options.network.mode);
  for (const [key, value] of Object.entries(options.sysctls)) {
    checkSysctl(key, value, { network: own, ipc: options.ipc });
  }
  if (options.ports.length > 0 && (!own || options.network.mode === 'none')) {
    const { mode } = options.network;
    throw new BryoError('bad-port', `--publish cannot be used with --network ${mode}`);
  }
  return options;
}

/** Without a holder there is nothing to configure. */
function checkInfra(invocation: Invocation): void {
  if (invocation.flag('infra')) return;
  const own = ['cgroup-parent', 'label', 'label-file', 'restart', 'volume'];
  const asked = [...memberFlags.map(({ name }) => name), 'infra-name', 'share'].find(
    (name) => !own.includes(name) && invocation.given(name),
  );
  if (asked === undefined) return;
  throw new BryoError('usage', `--${asked} cannot be used with --infra=false: nothing is shared`);
}

function claimIdFile(path: string | null): number | null {
  if (path === null) return null;
  try {
    return openSync(path, 'wx', 0o644);
  } catch (error) {
    const why = errnoCode(error) === 'EEXIST' ? 'the file exists already' : errnoCode(error);
    throw new BryoError('bad-idfile', `cannot write the pod's id to ${path}: ${why}`);
  }
}

async function create(invocation: Invocation): Promise<string> {
  const { engine } = invocation.context;
  const { text, texts } = invocation;
  checkInfra(invocation);
  const mounts = texts('volume').map(readVolumeFlag);
  checkDuplicates(mounts);
  const options = holderOptions(invocation);
  const request = {
    name: text('name') ?? invocation.args[0] ?? null,
    hostname: options.hostname,
    labels: readLabels(invocation),
    shared: readShare(text('share')),
    exitPolicy: readExitPolicy(text('exit-policy')),
    restart: readRestart(text('restart') ?? 'no'),
    mounts,
    cgroupParent: text('cgroup-parent'),
    infra: invocation.flag('infra'),
    infraName: text('infra-name'),
    options,
    createCommand: ['bryo', ...process.argv.slice(2)],
  };
  if (invocation.flag('replace') && request.name !== null) {
    const old = listPods(engine.store).find(({ name }) => name === request.name);
    if (old !== undefined) await removePod(engine, old, { force: true, timeout: null });
  }
  return (await createPod(engine, request)).id;
}

export const command = defineCommand({
  name: 'pod-create',
  noun: 'pod',
  summary: 'Create a pod',
  synopsis: '[NAME]',
  arguments: { min: 0, max: 1, kind: 'none' },
  refused: refusedPodFlags,
  options: [...ownOptions, ...memberFlags],
  description: [
    'Makes a pod, to which bryo run --pod adds containers, and prints its id. Its containers share a network, System V IPC with /dev/shm, and a host name, unless --share says otherwise: they reach each other on the loopback interface, and ports are published by the pod.',
    'What is shared is held by a container of its own without an image: a process of a few kilobytes that does nothing, and its monitor. It is listed by bryo ps and goes with the pod only.',
    'A volume of the pod is mounted in each of its containers. --restart is for those that say nothing of their own.',
  ],
  examples: [
    { command: 'bryo pod create --name web -p 8080:80', says: 'with a port' },
    { command: 'bryo run -d --pod web nginx', says: 'a container in it' },
    { command: 'bryo pod create --share +pid debug', says: 'whose containers see each other' },
  ],
  async run(invocation) {
    const path = invocation.text('pod-id-file');
    const idFile = claimIdFile(path);
    try {
      const id = await create(invocation);
      if (idFile !== null) writeSync(idFile, id);
      printLine(invocation.context, id);
      return 0;
    } catch (error) {
      if (path !== null) unlinkSync(path);
      throw error;
    } finally {
      if (idFile !== null) closeSync(idFile);
    }
  },
});
