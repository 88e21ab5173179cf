import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { withVolumesFrom } from '../../engine/containers/volumes-from.ts';
import { createPod } from '../../engine/pods/create.ts';
import { removePod } from '../../engine/pods/remove.ts';
import { type ExitPolicy, readShare } from '../../pod/pod.ts';
import { listPods } from '../../pod/records.ts';
import { readRestart } from '../../request/lifecycle.ts';
import { checkProcOptions } from '../../request/security.ts';
import { defineCommand, type Invocation, type OptionSpec } from '../command.ts';
import { printLine } from '../context.ts';
import { readLabels } from '../options/container/identity.ts';
import { containerOptions } from '../options/container-options.ts';
import { checkWithoutInfra, holderOptions, holderPidFileOption } from './holder.ts';
import { inheritedFlags, readInherited } from './inherited.ts';
import { checkShareParent, podLimitFlags, readPodLimits, shareParentOption } from './limits.ts';
import { refusedPodFlags } from './refused.ts';

/** Flags that a pod has as a container has them. */
const sharedFlags = [
  ...inheritedFlags,
  ...podLimitFlags,
  ...[
    'add-host',
    'cgroup-parent',
    'dns',
    'dns-option',
    'dns-search',
    'egress',
    'gidmap',
    'hostname',
  ],
  ...['ip', 'ip6', 'mac-address', 'network-alias'],
  ...['label', 'label-file', 'network', 'no-hosts', 'pid', 'publish', 'restart', 'shm-size'],
  ...['subgidname', 'subuidname', 'sysctl', 'uidmap', 'userns', 'uts'],
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
  holderPidFileOption,
  {
    name: 'infra-image',
    value: 'IMAGE',
    help: 'the image of the container that holds the namespaces: it is fetched and shown, and its program is not run',
  },
  { name: 'infra-name', value: 'NAME', help: 'name of the container that holds the namespaces' },
  { name: 'pod-id-file', value: 'FILE', help: "write the pod's id to a new file" },
  shareParentOption,
  { name: 'replace', help: 'remove a pod of the same name first' },
  {
    name: 'share',
    value: 'NAMESPACES',
    default: 'ipc,net,uts',
    help: 'what the containers share: cgroup, ipc, net, pid, user and uts, or none; +pid adds to the default',
  },
];

const memberFlags = containerOptions.filter(({ name }) => sharedFlags.includes(name));
const flagNames = memberFlags.map(({ name }) => name);

function readExitPolicy(text: string | null): ExitPolicy {
  if (text === null || text === 'continue') return 'continue';
  if (text === 'stop') return text;
  throw new BryoError(
    'bad-flag-value',
    `running pod create option: invalid pod exit policy: ${JSON.stringify(text)}`,
    { hint: 'continue or stop' },
  );
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
  const { text } = invocation;
  const shared = readShare(text('share'));
  const holderFlags = [...flagNames, holderPidFileOption.name, 'infra-name'];
  const shareFlag = shared.length === 0 ? [] : ['share'];
  if (!invocation.flag('infra')) checkWithoutInfra(invocation, [...holderFlags, ...shareFlag]);
  else if (shared.length === 0) checkWithoutInfra(invocation, holderFlags, '--share none');
  const options = holderOptions(invocation);
  const inherited = readInherited(invocation);
  checkProcOptions({
    security: inherited.security,
    pid: shared.includes('pid') ? options.pid : 'private',
  });
  const request = {
    name: text('name') || (invocation.args[0] ?? null),
    hostname: options.hostname,
    labels: readLabels(invocation),
    shared,
    exitPolicy: readExitPolicy(text('exit-policy')),
    restart: readRestart(text('restart') ?? 'no'),
    ...withVolumesFrom(engine.store, inherited),
    cgroupParent: text('cgroup-parent'),
    resources: readPodLimits(invocation),
    // As with podman there is nothing to hold where nothing is shared.
    infra: invocation.flag('infra') && shared.length > 0,
    infraName: text('infra-name'),
    infraImage: text('infra-image') || null,
    options,
    createCommand: [...invocation.context.commandLine],
  };
  checkShareParent(invocation, request);
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
    'With -p fd:NAME:PORT the pod publishes a socket that a service manager hands over under that name: to bryo pod start, or to whatever else starts the pod (see bryo-run(1)).',
    'Each of its containers has the volumes of the pod, those of --volumes-from as they are now, its devices and its security options beside its own. What a container mounts itself takes the place of what the pod has there, and so does its own filter of system calls; no-new-privileges and masked paths of the pod hold in any case. Volumes without a name are shared by the containers and go with the pod. --restart is for containers that say nothing of their own.',
    'Limits such as --memory are for all containers of the pod together, what holds the namespaces included; a container can have limits of its own within them. They are those of a control group around those of the containers, which is made when the first of them starts and goes with the pod: a slice, user-bryo_pod_ID.slice, where systemd makes control groups. Where there can be none a container of the pod does not start.',
  ],
  examples: [
    { command: 'bryo pod create --name web -p 8080:80', says: 'with a port' },
    {
      command: 'bryo pod create --name cast --device /dev/snd --security-opt no-new-privileges',
      says: 'whose containers have sound, and no new privileges',
    },
    { command: 'bryo run -d --pod web nginx', says: 'a container in it' },
    { command: 'bryo pod create --memory 1g --cpus 2 small', says: 'whose containers share that' },
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
