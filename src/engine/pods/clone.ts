import { settingsOf } from '../../cgroup/limits.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { listRecords, readRecord } from '../../container/records.ts';
import type { InheritedOptions, PodRecord } from '../../pod/pod.ts';
import { isHolder, listPods, membersOf } from '../../pod/records.ts';
import { type ContainerOptions, defaultContainerOptions } from '../../request/container.ts';
import { mapJoinedContainers } from '../../request/joined.ts';
import { noLimits, type ResourceLimits } from '../../request/limits.ts';
import type { MountRequest, VolumesFrom } from '../../request/mounts/types.ts';
import { asHostname } from '../../request/names.ts';
import { cloneName, imageOf } from '../containers/clone.ts';
import { createContainer } from '../containers/create.ts';
import { checkSwap, mergeLimits } from '../containers/update.ts';
import { withVolumesFrom } from '../containers/volumes-from.ts';
import type { Engine } from '../engine.ts';
import { createPod, type PodRequest } from './create.ts';
import { disinherit, withChoices, withInherited } from './inherit.ts';
import { joinPod } from './join.ts';
import { removePod } from './remove.ts';

export interface ClonePodRequest {
  /** Null: that of the pod with `-clone` behind it, and a number when that is taken. */
  name: string | null;
  /** Null: the name of the new pod where the original's was its own. */
  hostname: string | null;
  /** Added to the original's. */
  labels: Record<string, string>;
  /** Null: the original's. */
  cgroupParent: string | null;
  /** Limits that take the place of those of the original that they are about. */
  limits: ResourceLimits;
  /** With the original's: mounts and devices take the places of those with the same target. */
  inherited: InheritedOptions;
  /** Added to the original's. */
  volumesFrom: VolumesFrom[];
  infraName: string | null;
  /** The options of the new holder, from those of the original's. */
  change(options: ContainerOptions): ContainerOptions;
  createCommand: string[];
}

function changedLimits(own: ResourceLimits | null, changes: ResourceLimits): ResourceLimits | null {
  if (settingsOf(changes).length === 0) return own;
  const merged = mergeLimits(own ?? noLimits(), changes);
  checkSwap(merged);
  return merged;
}

/** As they were asked for: volumes without names are the pod's own. */
function askedMounts({ mounts }: PodRecord, holder: ContainerRecord | null): MountRequest[] {
  const own = (holder?.volumes ?? []).filter(({ anonymous }) => anonymous);
  const isOwn = (name: string | null): boolean => own.some((volume) => volume.name === name);
  return mounts.map((mount) =>
    mount.kind === 'volume' && isOwn(mount.name) ? { ...mount, name: null } : mount,
  );
}

function podRequest(engine: Engine, pod: PodRecord, asked: ClonePodRequest): PodRequest {
  const { store } = engine;
  const holder = pod.infraId === null ? null : readRecord(store, pod.infraId);
  const names = [...listPods(store), ...listRecords(store).records].map(({ name }) => name);
  const { inherited, volumesFrom } = asked;
  const { mounts } = withVolumesFrom(store, { mounts: inherited.mounts, volumesFrom });
  return {
    name: asked.name ?? cloneName(pod.name, (name) => names.includes(name)),
    hostname: asked.hostname ?? (pod.hostname === asHostname(pod.name) ? null : pod.hostname),
    labels: { ...pod.labels, ...asked.labels },
    shared: pod.shared,
    exitPolicy: pod.exitPolicy,
    restart: pod.restart,
    mounts: withInherited(askedMounts(pod, holder), mounts),
    devices: withInherited(pod.devices, inherited.devices),
    deviceEnv: { ...pod.deviceEnv, ...inherited.deviceEnv },
    security: withChoices(pod.security, inherited.security),
    volumesFrom: [...pod.volumesFrom, ...volumesFrom],
    cgroupParent: asked.cgroupParent ?? pod.cgroupParent,
    resources: changedLimits(pod.resources, asked.limits),
    infra: holder !== null,
    infraName: asked.infraName,
    options: asked.change(holder?.options ?? defaultContainerOptions()),
    createCommand: asked.createCommand,
  };
}

/** The options as they were before the container belonged to its pod (joinPod). */
function leavePod(options: ContainerOptions, pod: PodRecord): ContainerOptions {
  const own = defaultContainerOptions();
  const isOurs = (request: unknown): boolean =>
    typeof request === 'object' &&
    request !== null &&
    'container' in request &&
    request.container === pod.infraId;
  return {
    ...disinherit(options, pod),
    network: isOurs(options.network) ? own.network : options.network,
    ipc: isOurs(options.ipc) ? own.ipc : options.ipc,
    uts: isOurs(options.uts) ? own.uts : options.uts,
    pid: isOurs(options.pid) ? own.pid : options.pid,
    cgroupns: isOurs(options.cgroupns) ? own.cgroupns : options.cgroupns,
    userns: isOurs(options.userns) ? own.userns : options.userns,
    cgroupParent: options.cgroupParent === pod.cgroupParent ? null : options.cgroupParent,
  };
}

/** Copies the containers of a pod into another one; what they need of each other is mapped. */
async function cloneMembers(engine: Engine, pod: PodRecord, copy: PodRecord): Promise<void> {
  const { store } = engine;
  const copies = new Map<string, string>();
  const mapped = (id: string): string => copies.get(id) ?? id;
  const clone = async (original: ContainerRecord): Promise<void> => {
    const own = mapJoinedContainers(leavePod(original.options, pod), mapped);
    const options = { ...own, requires: own.requires.map(mapped) };
    const { id } = await createContainer(engine, {
      options: {
        ...joinPod(store, options, copy),
        name: cloneName(original.name, (name) =>
          listRecords(store).records.some((record) => record.name === name),
        ),
      },
      image: imageOf(engine, original),
      oneShot: false,
      commandLine: original.createCommand,
    });
    copies.set(original.id, id);
  };
  for (const record of membersOf(store, pod.id)) if (!isHolder(record)) await clone(record);
}

/**
 * Creates a pod as another one is, with copies of its containers: their files, anonymous volumes and
 * states are their own. Throws BryoError as createPod and createContainer do, and leaves nothing
 * behind then.
 */
export async function clonePod(
  engine: Engine,
  pod: PodRecord,
  asked: ClonePodRequest,
): Promise<PodRecord> {
  const copy = await createPod(engine, podRequest(engine, pod, asked));
  try {
    await cloneMembers(engine, pod, copy);
  } catch (error) {
    await removePod(engine, copy, { force: true, timeout: null });
    throw error;
  }
  return copy;
}
