import { BryoError } from '../../base/errors.ts';
import { clonePod } from '../../engine/pods/clone.ts';
import { stopPod } from '../../engine/pods/lifecycle.ts';
import { checkRemovable, removePod } from '../../engine/pods/remove.ts';
import { startPod } from '../../engine/pods/start.ts';
import { findPod } from '../../pod/records.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { readLabels } from '../options/container/identity.ts';
import { containerOptions } from '../options/container-options.ts';
import { changedHolder, checkWithoutInfra, holderPidFileOption } from './holder.ts';
import { inheritedFlags, readInherited } from './inherited.ts';
import { podLimitFlags, readPodChanges } from './limits.ts';
import { refusedPodFlags } from './refused.ts';

/** Flags by which a copy differs from its original. */
const changes = [
  ...inheritedFlags,
  ...podLimitFlags,
  ...['cgroup-parent', 'gidmap', 'hostname', 'label', 'label-file', 'pid', 'shm-size'],
  ...['subgidname', 'subuidname', 'sysctl', 'uidmap', 'userns', 'uts'],
];

export const command = defineCommand({
  name: 'pod-clone',
  noun: 'pod',
  summary: 'Create a pod with the options and containers of another one',
  synopsis: 'POD [NAME]',
  arguments: { min: 1, max: 2, kind: 'pod' },
  options: [
    {
      name: 'name',
      short: 'n',
      value: 'NAME',
      help: 'name of the new pod, as the second argument',
    },
    { name: 'destroy', help: 'stop and remove the original afterwards' },
    { name: 'start', help: 'start the new pod' },
    holderPidFileOption,
    { name: 'infra-name', value: 'NAME', help: 'name of the container that holds the namespaces' },
    ...containerOptions.filter(({ name }) => changes.includes(name)),
  ],
  refused: {
    ...refusedPodFlags,
    restart:
      'the containers of a copy have the policies of their originals; see bryo update --restart',
  },
  description: [
    'The new pod is called as the original with -clone behind it unless it is given a name, and so are its containers. It has the options and labels of the original with what is given here: mounts and devices in the places of those that the original has there. The containers have files of their own, which are those of their images, and volumes without a name of their own. Its id is printed.',
    'Published ports are copied, too: of the two pods only one can run then. With --destroy the original is stopped and removed before the new one is started.',
  ],
  examples: [
    { command: 'bryo pod clone web', says: 'one more, called web-clone' },
    {
      command: 'bryo pod clone --destroy --start --userns keep-id web web2',
      says: 'in place of the original, with other ids',
    },
  ],
  async run(invocation) {
    const { args, context, text } = invocation;
    const { engine } = context;
    const [named = '', second] = args;
    const option = text('name');
    if (option !== null && second !== undefined && second !== option) {
      throw new BryoError('usage', 'the name is given twice: as --name and as an argument');
    }
    const original = findPod(engine.store, named);
    if (original.infraId === null)
      checkWithoutInfra(invocation, [...changes, holderPidFileOption.name]);
    const destroy = invocation.flag('destroy');
    if (destroy) checkRemovable(engine, original);
    const { volumesFrom, ...inherited } = readInherited(invocation);
    const pod = await clonePod(engine, original, {
      name: option ?? second ?? null,
      hostname: text('hostname'),
      labels: readLabels(invocation),
      cgroupParent: text('cgroup-parent'),
      limits: readPodChanges(invocation),
      inherited,
      volumesFrom,
      infraName: text('infra-name'),
      change: (options) => changedHolder(invocation, options),
      createCommand: [...invocation.context.commandLine],
    });
    if (destroy) {
      await stopPod(engine, original, null);
      await removePod(engine, original, { force: true, timeout: null });
    }
    if (invocation.flag('start')) await startPod(engine, pod);
    printLine(context, pod.id);
    return 0;
  },
});
