import { cpus, totalmem } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import { printable } from '../../base/text.ts';
import { configFlag, configText } from '../../config/config.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { PodAnnotations } from '../../kube/annotations.ts';
import { type ContainerSurroundings, containerRequest } from '../../kube/container-request.ts';
import type { KubeContainer } from '../../kube/container-spec.ts';
import type { ConfigMapObject, PodObject } from '../../kube/objects.ts';
import { type KubePod, kubeNetwork, podRequest } from '../../kube/pod-request.ts';
import { pullPolicyOf } from '../../kube/pull-policy.ts';
import type { VolumeSpec } from '../../kube/volume-specs.ts';
import { nothingInherited, type PodRecord, readShare } from '../../pod/pod.ts';
import { findPod, listPods, membersOf } from '../../pod/records.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { MountRequest } from '../../request/mounts/types.ts';
import { networkNames } from '../../request/network.ts';
import { readUmask } from '../../request/process.ts';
import { validate } from '../../request/validate.ts';
import { createRequested } from '../containers/create-requested.ts';
import { removeContainer } from '../containers/remove.ts';
import { withConfigured } from '../containers/with-configured.ts';
import type { Engine } from '../engine.ts';
import { obtainImage } from '../images/pull.ts';
import { createNetwork } from '../networks/networks.ts';
import { createPod } from '../pods/create.ts';
import { removePod } from '../pods/remove.ts';
import { startPod } from '../pods/start.ts';
import { unitLabel } from '../system/auto-update/candidates.ts';
import type { PlayRequest } from './request.ts';
import { keptSecret } from './secrets.ts';
import { readyVolumes } from './volumes.ts';

/** A pod that was made, as podman tells of it. */
export interface PlayedPod {
  id: string;
  /** Null: nothing holds its namespaces. */
  infraId: string | null;
  containers: string[];
  initContainers: string[];
  /** Why containers of it could not be started, a line each. */
  errors: string[];
}

/** Has an image in the store: builds it if there is a directory for that, else pulls it. */
async function imageOf(
  engine: Engine,
  name: string,
  policy: ReturnType<typeof pullPolicyOf>,
  request: PlayRequest,
): Promise<ResolvedImage> {
  if (await request.buildImage(name)) {
    return obtainImage(engine, 'never', { ...request.source, name });
  }
  engine.log('debug', `Pulling image ${name} (policy: ${policy})`);
  // No registry has what is called localhost/NAME.
  const isOwn = policy === 'newer' && name.startsWith('localhost/');
  return obtainImage(engine, isOwn ? 'missing' : policy, { ...request.source, name });
}

function variablesOfImage(image: ResolvedImage): Record<string, string> {
  return Object.fromEntries(
    image.config.config.env.map((word) => {
      const [name = '', value = ''] = word.split(/=(.*)/s);
      return [name, value];
    }),
  );
}

/** The pod itself: what holds the namespaces of its containers, and their common volumes. */
async function makePod(
  engine: Engine,
  asked: KubePod,
  request: PlayRequest,
  held: readonly string[],
): Promise<PodRecord> {
  validate(asked.options);
  if (networkNames(asked.options.network).includes(kubeNetwork)) {
    const plain = { subnets: [], routes: [], ipv6: false, internal: false, dnsServers: [] };
    const network = { ...plain, name: kubeNetwork, driver: 'bridge', interfaceName: null };
    const rest = { dns: true, ipamDriver: null, labels: {}, options: {} };
    await createNetwork(engine, { ...network, ...rest }, { ignore: true });
  }
  const { name, hostname, labels, restart, infraName, options } = asked;
  return createPod(engine, {
    ...{ name, hostname, labels, restart, infraName, options },
    shared: readShare(asked.sharesPid ? '+pid' : null),
    exitPolicy: 'stop',
    infra: true,
    cgroupParent: null,
    resources: null,
    volumesFrom: [],
    ...nothingInherited(),
    createCommand: [...request.commandLine],
    heldVolumes: held,
  });
}

/** The volumes of images that a container is to have (io.podman.annotations.kube.image.volumes.mount). */
async function imageVolumes(
  engine: Engine,
  names: readonly string[],
  request: PlayRequest,
): Promise<MountRequest[]> {
  // Of several images with a volume at one place the last one has it.
  const mounts = new Map<string, MountRequest>();
  for (const name of names) {
    const image = await obtainImage(engine, 'never', { ...request.source, name });
    const origin = `the volumes of ${printable(name)}`;
    for (const target of image.config.config.volumes) {
      const place = { target, readOnly: true, origin };
      mounts.set(target, { kind: 'image', image: name, ...place, subpath: target });
    }
  }
  return [...mounts.values()];
}

/** A container of a pod that is there already. */
async function makeContainer(
  engine: Engine,
  container: KubeContainer,
  around: ContainerSurroundings,
  { isInit, request }: { isInit: boolean; request: PlayRequest },
): Promise<string> {
  const { name, image: imageName, pullPolicy, field } = container;
  const policy = pullPolicyOf(imageName, pullPolicy, field.get('imagePullPolicy'));
  const image = await imageOf(engine, imageName, policy, request);
  const asked = containerRequest(container, around, { isInit, imageEnv: variablesOfImage(image) });
  const added = await imageVolumes(engine, around.annotations.imageVolumes(name), request);
  const taken = new Set(asked.mounts.map(({ target }) => target));
  const withImages: ContainerOptions = {
    ...asked,
    mounts: [...asked.mounts, ...added.filter(({ target }) => !taken.has(target))],
    labels: { ...asked.labels, ...(request.unit !== null && { [unitLabel]: request.unit }) },
    umask: readUmask(configText(engine.config, 'containers.umask')),
    readOnly: asked.readOnly || configFlag(engine.config, 'containers.read_only') === true,
  };
  const { config, defaultMountsFile = null } = engine;
  const options = withConfigured(withImages, config, defaultMountsFile);
  field.named(() => validate(options));
  if (request.replace && options.name !== null) {
    const removal = { force: true, ignore: true, volumes: false, depend: true };
    await removeContainer(engine, options.name, removal);
  }
  const record = await createRequested(engine, {
    options,
    pull: 'never',
    source: request.source,
    replace: false,
    makeSources: false,
    startsAtOnce: false,
    commandLine: request.commandLine,
  });
  return record.id;
}

/** Starts all of a pod; gives the reasons why something of it could not be. */
async function start(engine: Engine, id: string): Promise<string[]> {
  try {
    await startPod(engine, findPod(engine.store, id));
    return [];
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    return [error.message];
  }
}

async function makeMembers(
  engine: Engine,
  pod: PodObject,
  made: PodRecord,
  around: ContainerSurroundings,
  request: PlayRequest,
): Promise<Pick<PlayedPod, 'containers' | 'initContainers'>> {
  const { initContainers, containers } = pod.spec;
  const earlier = new Set<string>();
  const ids = { containers: [] as string[], initContainers: [] as string[] };
  for (const container of [...initContainers, ...containers]) {
    const isInit = initContainers.includes(container);
    const surroundings = { ...around, podId: made.id, infraId: made.infraId, earlier };
    const id = await makeContainer(engine, container, surroundings, { isInit, request });
    ids[isInit ? 'initContainers' : 'containers'].push(id);
    earlier.add(container.name);
  }
  return ids;
}

async function replacePod(engine: Engine, name: string): Promise<void> {
  const old = listPods(engine.store).find((pod) => pod.name === name);
  if (old !== undefined) await removePod(engine, old, { force: true, timeout: null });
}

/** Refuses a name that is taken before anything is made for the pod. */
function checkName(engine: Engine, name: string): void {
  if (!listPods(engine.store).some((pod) => pod.name === name)) return;
  throw new BryoError(
    'name-in-use',
    `adding pod to state: name ${JSON.stringify(name)} is in use: pod already exists`,
    { hint: '--replace removes it first' },
  );
}

/**
 * Makes a pod with its containers, and starts it. Throws BryoError, and takes back what was made of the pod then; a
 * container that does not start is told of.
 */
export async function playPod(
  engine: Engine,
  pod: PodObject,
  request: PlayRequest,
  configMaps: ReadonlyMap<string, ConfigMapObject>,
): Promise<PlayedPod> {
  const { spec } = pod;
  const annotations = new PodAnnotations(pod, request.annotations);
  annotations.check([...spec.initContainers, ...spec.containers].map(({ name }) => name));
  const asked = podRequest(pod, annotations, request.choices);
  if (request.replace) await replacePod(engine, pod.name);
  else checkName(engine, pod.name);
  const volumes = await readyVolumes(engine, spec.volumes, {
    configMaps,
    async obtainImage({ source, field }: VolumeSpec) {
      if (source.kind !== 'image') return '';
      const policy = pullPolicyOf(source.reference, source.pullPolicy, field.get('image'));
      await imageOf(engine, source.reference, policy, request);
      return source.reference;
    },
  });
  const made = await makePod(engine, asked, request, volumes.held);
  const { name, labels } = pod;
  const around: ContainerSurroundings = {
    pod,
    podId: made.id,
    infraId: made.infraId,
    annotations,
    volumes: volumes.byName,
    variables: {
      configMaps,
      secret: (secret) => keptSecret(engine, secret)?.data ?? null,
      pod: { name, id: made.id, labels, annotations: annotations.all },
      host: { memory: totalmem(), cpus: cpus().length },
    },
    log: request.log,
    seccompRoot: request.seccompRoot,
    earlier: new Set(),
  };
  try {
    const members = await makeMembers(engine, pod, made, around, request);
    const errors = request.start ? await start(engine, made.id) : [];
    return { id: made.id, infraId: made.infraId, ...members, errors };
  } catch (error) {
    const isThere = membersOf(engine.store, made.id).length > 0;
    if (isThere) await removePod(engine, made, { force: true, timeout: null });
    throw error;
  }
}
