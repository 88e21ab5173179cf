import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { configText } from '../../config/config.ts';
import { checkContainerName, generateName, newContainerId, shortId } from '../../container/id.ts';
import type { ContainerRecord, RecordVolume } from '../../container/record.ts';
import { listRecords } from '../../container/records.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { ownIdentity } from '../../native/processes.ts';
import type { InheritedOptions, PodRecord } from '../../pod/pod.ts';
import { forgetPod, listPods, lockPods, writePod } from '../../pod/records.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { checkCgroupParent } from '../../request/limits.ts';
import type { MountRequest } from '../../request/mounts/types.ts';
import { asHostname } from '../../request/names.ts';
import { fileIn } from '../../store/container-files.ts';
import { storePaths } from '../../store/paths.ts';
import { stagingPath, sweepStaging } from '../../store/staging.ts';
import { makeContentDirectory, makeStore, makeStoreDirectory } from '../../store/store-dirs.ts';
import { removeTrees } from '../../store/worker.ts';
import { ensureVolume, lockVolumes } from '../../volume/volume.ts';
import { configuredNetwork } from '../containers/configured.ts';
import { emptyDraft } from '../containers/container-record.ts';
import { checkHostParts } from '../containers/host-parts.ts';
import { resolveDependencies } from '../containers/start/dependencies.ts';
import { publishWithRange } from '../containers/userns-ids.ts';
import { makeMountVolumes } from '../containers/volumes-from.ts';
import type { Engine } from '../engine.ts';
import { recordContainerEvent, recordPodEvent } from '../events.ts';
import { obtainImage } from '../images/pull.ts';
import type { HeldNetworks } from '../networks/attachments.ts';
import { holdNetworks } from '../networks/hold.ts';
import { sweepPods } from './remove.ts';

export interface PodRequest
  extends InheritedOptions,
    Pick<
      PodRecord,
      | 'labels'
      | 'shared'
      | 'exitPolicy'
      | 'restart'
      | 'cgroupParent'
      | 'resources'
      | 'volumesFrom'
      | 'createCommand'
    > {
  /** Null: one is made up. */
  name: string | null;
  /** Null: the pod's name. */
  hostname: string | null;
  /** Whether there is a holder; without one nothing is shared. */
  infra: boolean;
  /** Null: made of the pod's id. */
  infraName: string | null;
  /** The image that is shown as the holder's; null, or absent: that of the configuration, or none. */
  infraImage?: string | null;
  /** The holder's options: network, ports, user namespace, … */
  options: ContainerOptions;
  /** Names of new volumes without another owner: they are made with the pod, and go with it. Absent: none. */
  heldVolumes?: readonly string[];
}

function takenNames(engine: Engine): Set<string> {
  const { store } = engine;
  return new Set([...listPods(store), ...listRecords(store).records].map(({ name }) => name));
}

function chooseName(taken: ReadonlySet<string>, asked: string | null): string {
  if (asked !== null) {
    checkContainerName(asked);
    if (!taken.has(asked)) return asked;
    throw new BryoError('name-in-use', `the name "${asked}" is already in use`, {
      hint: 'remove that pod or container, or choose another name',
    });
  }
  for (let attempt = 0; ; attempt += 1) {
    const name = generateName(attempt);
    if (!taken.has(name)) return name;
  }
}

/** The holder of a pod: its options, and the image that is shown as its own. */
interface HolderRequest {
  options: ContainerOptions;
  image: ResolvedImage | null;
  /** Volumes of the pod that none of its mounts has. */
  held: readonly string[];
}

/** Fetches the image of the holder, unless it is there. No program of it runs. */
function infraImage(engine: Engine, asked: string | null): Promise<ResolvedImage> | null {
  const name = asked ?? configText(engine.config, 'engine.infra_image');
  if (name === null) return null;
  const access = { tlsVerify: true, authFile: null };
  const request = { ...access, name, platform: null, onProgress: () => undefined };
  return obtainImage(engine, 'missing', request);
}

/**
 * The holder's root: nothing but a place for the pod's /dev/shm. It is there beforehand and for everybody, since the pod's
 * root is not its owner where the caller has no id in the pod (`--userns` nomap and auto).
 */
function makeHolderRoot(engine: Engine, root: string): void {
  for (const path of [root, join(root, 'dev'), join(root, 'dev/shm')]) {
    makeContentDirectory(engine.idMap(), path, 0o755);
  }
}

/** A container without a root filesystem of anybody's, which keeps the volumes of its pod. */
async function createHolder(
  engine: Engine,
  pod: PodRecord,
  id: string,
  asked: HolderRequest & { volumes: RecordVolume[] },
): Promise<ContainerRecord> {
  const { store } = engine;
  const network = configuredNetwork(engine, asked.options.network);
  const options = { ...resolveDependencies(store, asked.options), network };
  const prepared = stagingPath(store);
  makeStoreDirectory(store, prepared);
  try {
    makeHolderRoot(engine, fileIn(prepared, 'merged'));
    const name = options.name ?? `${shortId(pod.id)}-infra`;
    const { createCommand, labels } = pod;
    const record: ContainerRecord = {
      ...emptyDraft({ id, name, options, oneShot: false, createCommand }),
      rootfs:
        asked.image === null
          ? { kind: 'holder' }
          : { kind: 'holder', image: { id: asked.image.id, name: asked.image.names[0] ?? '' } },
      labels,
      volumes: asked.volumes,
    };
    const published = await publishWithRange(engine, record, prepared);
    recordContainerEvent(engine, published, 'create');
    return published;
  } catch (error) {
    await removeTrees([prepared, join(store.root, 'containers', id)], engine.idMap());
    throw error;
  }
}

/** The mounts with the volumes that were made for them. */
function named(mounts: readonly MountRequest[], volumes: readonly RecordVolume[]): MountRequest[] {
  return mounts.map((mount) => {
    const volume = volumes.find(({ target }) => target === mount.target);
    return mount.kind === 'volume' && volume !== undefined
      ? { ...mount, name: volume.name }
      : mount;
  });
}

/**
 * Writes the records of a pod and its holder. Its containers share the volumes, also those without a
 * name: the holder is who uses them, and takes them away.
 */
async function publishPod(
  engine: Engine,
  asked: PodRecord,
  holder: HolderRequest,
): Promise<PodRecord> {
  const { store } = engine;
  const { infraId } = asked;
  if (infraId === null) {
    writePod(store, asked);
    return asked;
  }
  const lock = await lockVolumes(store, 'shared');
  const volumes: RecordVolume[] = [];
  try {
    volumes.push(...makeMountVolumes(engine, asked.mounts));
    for (const name of holder.held) {
      ensureVolume(store, engine.idMap(), { name, anonymous: true });
      volumes.push({ name, target: '', anonymous: true });
    }
    const pod = { ...asked, mounts: named(asked.mounts, volumes) };
    writePod(store, pod);
    await createHolder(engine, pod, infraId, { ...holder, volumes });
    return pod;
  } catch (error) {
    forgetPod(store, asked.id);
    const made = volumes.filter(({ anonymous }) => anonymous);
    await removeTrees(
      made.map(({ name }) => storePaths.volume(store, name)),
      engine.idMap(),
    );
    throw error;
  } finally {
    lock.release();
  }
}

/**
 * Creates a pod and the container that holds its namespaces; nothing runs yet. Throws BryoError
 * `name-in-use`, … and leaves nothing behind then.
 */
export async function createPod(engine: Engine, request: PodRequest): Promise<PodRecord> {
  const { store } = engine;
  const { infraImage: asked = null, heldVolumes: held = [], ...rest } = request;
  const { options, infra, infraName, hostname, ...description } = rest;
  if (options.userns.mode === 'match') {
    throw new BryoError('bad-userns', '--userns match needs an image, and a pod has none', {
      hint: 'give the pod --userns keep-id:uid=N,gid=N',
    });
  }
  await checkHostParts(description);
  checkCgroupParent(description.cgroupParent);
  makeStore(store);
  await sweepStaging(store, () => engine.idMap());
  const image = infra ? await infraImage(engine, asked) : null;
  const lock = await lockPods(store);
  let networks: HeldNetworks | null = null;
  try {
    sweepPods(store);
    networks = await holdNetworks(engine, options);
    const name = chooseName(takenNames(engine), request.name);
    const infraId = infra ? newContainerId() : null;
    const pod: PodRecord = {
      version: 1,
      id: newContainerId(),
      createdAt: new Date().toISOString(),
      creator: ownIdentity(),
      ...description,
      name,
      hostname: hostname ?? asHostname(name),
      infraId,
      shared: infra ? request.shared : [],
    };
    const holder = {
      ...options,
      network: networks.request,
      name: infraName ?? `${shortId(pod.id)}-infra`,
      hostname: options.uts === 'private' ? pod.hostname : null,
      pod: pod.id,
      cgroupParent: pod.cgroupParent,
    };
    const published = await publishPod(engine, pod, { options: holder, image, held });
    recordPodEvent(engine, published, 'create');
    return published;
  } finally {
    networks?.release();
    lock.release();
  }
}
