import { BryoError } from '../../base/errors.ts';
import {
  type ConfigMapObject,
  isPod,
  type KubeFile,
  type PodObject,
  readConfigMaps,
  readKubeFile,
} from '../../kube/objects.ts';
import { kubeNetwork, type PodChoices } from '../../kube/pod-request.ts';
import { plainAttachment, withAddressFlags } from '../../request/attachment.ts';
import type { Engine } from '../engine.ts';
import { type PlayedPod, playPod } from './play-pod.ts';
import type { PlayRequest } from './request.ts';
import { playSecret } from './secrets.ts';
import { playClaim } from './volumes.ts';

/** All that was made of a file. */
export interface PlayReport {
  pods: PlayedPod[];
  /** Names. */
  volumes: string[];
  /** Ids. */
  secrets: string[];
}

/** The ConfigMaps of the file and those beside it, by their names. Throws BryoError `bad-kube`. */
function configMapsOf(
  { objects }: KubeFile,
  { configMaps }: PlayRequest,
): Map<string, ConfigMapObject> {
  const known = new Map<string, ConfigMapObject>();
  for (const object of objects) {
    if (object.kind === 'ConfigMap') known.set(object.metadata.name, object);
  }
  const own = new Set(known.keys());
  for (const { name: file, text } of configMaps) {
    for (const map of readConfigMaps(text)) {
      const { name } = map.metadata;
      if (own.has(name)) {
        throw new BryoError(
          'bad-kube',
          `ambiguous configuration: the same config map ${name} is present in YAML and in --configmaps ${file} file`,
        );
      }
      if (!known.has(name)) known.set(name, map);
    }
  }
  return known;
}

/** Refuses a file in which there is nothing to be done. */
function checkKinds(engine: Engine, { objects, passedOver }: KubeFile): void {
  for (const kind of passedOver) engine.log('info', `Kube kind ${kind} not supported`);
  if (objects.some(({ kind }) => kind !== 'ConfigMap')) return;
  throw new BryoError(
    'bad-kube',
    objects.length > 0
      ? 'ConfigMaps in podman are not a standalone object and must be used in a container'
      : 'YAML document does not contain any supported kube kind',
  );
}

/** The choices for the pod at a place in the file: addresses are given out in their order. */
function choicesFor(
  engine: Engine,
  { choices, addresses }: PlayRequest,
  pod: PodObject,
  index: number,
): PodChoices {
  const { ips, macs } = addresses;
  const ip = ips[index];
  const mac = macs[index];
  if (ips.length > 0 && ip === undefined) {
    engine.log('warn', 'No more static ips left using a random one');
  }
  if (macs.length > 0 && mac === undefined) {
    engine.log('warn', 'No more static macs left using a random one');
  }
  if (ip === undefined && mac === undefined) return choices;
  const usual = pod.spec.namespaces.hostNetwork
    ? ({ mode: 'host' } as const)
    : ({ mode: 'bridge', networks: [plainAttachment(kubeNetwork)] } as const);
  const network = choices.network ?? usual;
  if (network.mode !== 'bridge') {
    const what = ip === undefined ? 'static mac address' : 'static ip addresses';
    throw new BryoError(
      'bad-network',
      `${what} can only be set when the network mode is bridge: invalid argument`,
    );
  }
  const flags = {
    addresses: ip === undefined ? [] : [{ flag: 'ip' as const, text: ip }],
    mac: mac ?? null,
    aliases: [],
  };
  return {
    ...choices,
    network: { ...network, networks: withAddressFlags(network.networks, flags) },
  };
}

/**
 * Makes what a file of Kubernetes YAML describes: volumes and secrets, then pods. Throws BryoError `bad-kube` before
 * anything is made for what cannot be read, and others; what was made until then stays, as podman has it, except for
 * the pod that failed.
 */
export async function playKube(engine: Engine, request: PlayRequest): Promise<PlayReport> {
  const file = readKubeFile(request.text);
  checkKinds(engine, file);
  const configMaps = configMapsOf(file, request);
  const report: PlayReport = { pods: [], volumes: [], secrets: [] };
  for (const object of file.objects) {
    if (isPod(object)) {
      if (object.replicas > 1) {
        engine.log(
          'warn',
          'Limiting replica count to 1, more than one replica is not supported by Podman',
        );
      }
      const choices = choicesFor(engine, request, object, report.pods.length);
      report.pods.push(await playPod(engine, object, { ...request, choices }, configMaps));
    } else if (object.kind === 'PersistentVolumeClaim') {
      const annotations = { ...object.metadata.annotations, ...request.annotations };
      const metadata = { ...object.metadata, annotations };
      report.volumes.push(await playClaim(engine, { ...object, metadata }, request));
    } else if (object.kind === 'Secret') {
      report.secrets.push(await playSecret(engine, object));
    }
  }
  return report;
}
