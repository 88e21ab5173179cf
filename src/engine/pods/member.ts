import { BryoError } from '../../base/errors.ts';
import { nothingInherited, readShare } from '../../pod/pod.ts';
import { findPod, listPods } from '../../pod/records.ts';
import { type ContainerOptions, defaultContainerOptions } from '../../request/container.ts';
import { checkJoined } from '../../request/joined.ts';
import { checkProcOptions } from '../../request/security.ts';
import type { Engine } from '../engine.ts';
import { joinPod } from './join.ts';

/** A container's options with what its pod says, and how to take back a pod made for it. */
export interface PodMember {
  options: ContainerOptions;
  undo(): Promise<void>;
}

function fresh(options: ContainerOptions): ContainerOptions {
  const { network, ports, dns, dnsSearch, dnsOptions, addHosts, noHosts, userns } = options;
  const moved = { network, ports, dns, dnsSearch, dnsOptions, addHosts, noHosts, userns };
  return { ...defaultContainerOptions(), ...moved, log: { ...options.log, driver: 'none' } };
}

/** The container's options without those that went to the new pod. */
function rest(options: ContainerOptions): ContainerOptions {
  const { network, ports, dns, dnsSearch, dnsOptions, addHosts, userns } =
    defaultContainerOptions();
  const cleared = { network, ports, dns, dnsSearch, dnsOptions, addHosts, userns, hostname: null };
  return { ...options, ...cleared };
}

/** `--pod new:NAME`: the network, the ports and the host name are the pod's. */
async function joinNewPod(
  engine: Engine,
  options: ContainerOptions,
  { name, commandLine }: { name: string; commandLine: readonly string[] },
): Promise<PodMember> {
  // Hardly any container makes a pod: the others start without what that needs.
  const { createPod } = await import('./create.ts');
  const { removePod } = await import('./remove.ts');
  const pod = await createPod(engine, {
    name,
    hostname: options.hostname,
    labels: {},
    shared: readShare(null),
    exitPolicy: 'continue',
    restart: { policy: 'no', max: 0 },
    ...nothingInherited(),
    volumesFrom: [],
    cgroupParent: options.cgroupParent,
    // Limits of the command line are the container's.
    resources: null,
    infra: true,
    infraName: null,
    options: fresh(options),
    createCommand: [...commandLine],
  });
  return {
    options: joinPod(engine.store, rest(options), pod),
    undo: () => removePod(engine, pod, { force: true, timeout: null }),
  };
}

/**
 * Puts a container that is about to be made into the pod that its options name. A name that a pod
 * has cannot be a container's.
 */
export async function resolvePodMember(
  engine: Engine,
  options: ContainerOptions,
  commandLine: readonly string[],
): Promise<PodMember> {
  const { pod, name } = options;
  if (name !== null && listPods(engine.store).some((other) => other.name === name)) {
    throw new BryoError('name-in-use', `the name "${name}" is already in use by a pod`);
  }
  if (pod === null) return { options, async undo() {} };
  const member = pod.startsWith('new:')
    ? await joinNewPod(engine, options, { name: pod.slice('new:'.length), commandLine })
    : { options: joinPod(engine.store, options, findPod(engine.store, pod)), async undo() {} };
  try {
    checkJoined(member.options);
    checkProcOptions(member.options);
  } catch (error) {
    await member.undo();
    throw error;
  }
  return member;
}
