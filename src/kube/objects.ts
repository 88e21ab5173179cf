import { readDocuments } from './documents.ts';
import type { KubeField } from './field.ts';
import { type PodSpec, readPodSpec } from './pod-spec.ts';

export interface Metadata {
  name: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** A pod that is asked for, by itself or by what keeps such pods in a cluster. */
export interface PodObject {
  kind: 'Pod' | 'Deployment' | 'DaemonSet' | 'Job';
  /** The pod's name. */
  name: string;
  labels: Record<string, string>;
  /** Annotations that podman heeds: of a Deployment, DaemonSet or Job its own, not those of its template. */
  annotations: Record<string, string>;
  /** Annotations of the pod itself. */
  podAnnotations: Record<string, string>;
  /** How many of it a cluster would keep. */
  replicas: number;
  spec: PodSpec;
}

export interface ConfigMapObject {
  kind: 'ConfigMap';
  metadata: Metadata;
  data: Record<string, string>;
  binaryData: Record<string, Uint8Array>;
}

export interface SecretObject {
  kind: 'Secret';
  metadata: Metadata;
  immutable: boolean;
  /** The document, as it is kept. */
  value: Readonly<Record<string, unknown>>;
}

export interface ClaimObject {
  kind: 'PersistentVolumeClaim';
  metadata: Metadata;
  field: KubeField;
}

export type KubeObject = PodObject | ConfigMapObject | SecretObject | ClaimObject;

const podKinds = ['Pod', 'Deployment', 'DaemonSet', 'Job'] as const;

function readMetadata(field: KubeField): Metadata {
  return {
    name: field.get('name').text()?.trim() ?? '',
    labels: field.get('labels').textMap(),
    annotations: field.get('annotations').textMap(),
  };
}

function readNamed(field: KubeField): Metadata {
  const metadata = readMetadata(field.get('metadata'));
  if (metadata.name !== '') return metadata;
  throw field.get('metadata').get('name').problem('it is needed');
}

function readPod(field: KubeField, kind: PodObject['kind']): PodObject {
  const own = readNamed(field);
  if (kind === 'Pod') {
    const { name, labels, annotations } = own;
    const spec = readPodSpec(field.get('spec'));
    return { kind, name, labels, annotations, podAnnotations: annotations, replicas: 1, spec };
  }
  const template = field.get('spec').get('template');
  if (template.isAbsent) throw template.problem('it is needed');
  const { labels, annotations } = readMetadata(template.get('metadata'));
  return {
    kind,
    name: `${own.name}-pod`,
    labels,
    annotations: own.annotations,
    podAnnotations: annotations,
    replicas: kind === 'Deployment' ? (field.get('spec').get('replicas').number(0) ?? 1) : 1,
    spec: readPodSpec(template.get('spec')),
  };
}

/** Bytes in base64, as `binaryData` and `data` of a Secret have them. Throws BryoError `bad-kube`. */
export function readBase64(field: KubeField): Uint8Array {
  const text = (field.text() ?? '').replace(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw field.problem('base64 is needed');
  }
  return Buffer.from(text, 'base64');
}

function readBytesMap(field: KubeField): Record<string, Uint8Array> {
  return Object.fromEntries(field.entries().map(([key, value]) => [key, readBase64(value)]));
}

function readConfigMap(field: KubeField): ConfigMapObject {
  const data = field.get('data').textMap();
  const binaryData = readBytesMap(field.get('binaryData'));
  const metadata = readNamed(field);
  const twice = Object.keys(data).find((key) => Object.hasOwn(binaryData, key));
  if (twice === undefined) return { kind: 'ConfigMap', metadata, data, binaryData };
  throw field
    .get('binaryData')
    .problem(`duplicate key ${JSON.stringify(twice)} present in data and binaryData`);
}

/** The values of a Secret by key. Throws BryoError `bad-kube`. */
export function readSecretData(field: KubeField): Record<string, Uint8Array> {
  const texts = Object.entries(field.get('stringData').textMap());
  return {
    ...readBytesMap(field.get('data')),
    ...Object.fromEntries(texts.map(([key, text]) => [key, Buffer.from(text)])),
  };
}

function readSecret(field: KubeField): SecretObject {
  readSecretData(field);
  return {
    kind: 'Secret',
    metadata: readNamed(field),
    immutable: field.get('immutable').flag() ?? false,
    value: field.value as Readonly<Record<string, unknown>>,
  };
}

/** Null: of a kind that means nothing outside of a cluster. */
function readObject(field: KubeField): KubeObject | null {
  const kind = field.get('kind').word();
  const podKind = podKinds.find((one) => one === kind);
  if (podKind !== undefined) return readPod(field, podKind);
  switch (kind) {
    case null:
      throw field.get('kind').problem('it is needed');
    case 'ConfigMap':
      return readConfigMap(field);
    case 'Secret':
      return readSecret(field);
    case 'PersistentVolumeClaim':
      return { kind, metadata: readNamed(field), field };
    default:
      return null;
  }
}

/** All that is asked for in a file, and the kinds in it that mean nothing here. */
export interface KubeFile {
  objects: KubeObject[];
  passedOver: string[];
}

/** Whether an object is a pod or asks for one. */
export function isPod(object: KubeObject): object is PodObject {
  return podKinds.some((kind) => kind === object.kind);
}

/**
 * Reads a file of Kubernetes YAML: first what pods need, the last of it first as podman has it, then the pods. Throws
 * BryoError `bad-kube`.
 */
export function readKubeFile(text: string): KubeFile {
  const needed: KubeObject[] = [];
  const pods: KubeObject[] = [];
  const passedOver: string[] = [];
  for (const field of readDocuments(text)) {
    const object = readObject(field);
    if (object === null) passedOver.push(field.get('kind').needed());
    else (isPod(object) ? pods : needed).push(object);
  }
  return { objects: [...needed.reverse(), ...pods], passedOver };
}

/** The ConfigMaps of a file that has nothing else (--configmap). Throws BryoError `bad-kube`. */
export function readConfigMaps(text: string): ConfigMapObject[] {
  return readDocuments(text).map((field) => {
    const kind = field.get('kind').word() ?? '';
    if (kind === 'ConfigMap') return readConfigMap(field);
    throw field
      .get('kind')
      .problem(
        `invalid YAML kind: ${JSON.stringify(kind)}. [ConfigMap] is the only supported by --configmap`,
      );
  });
}
