import type { KubeField } from './field.ts';
import { readQuantity } from './quantity.ts';
import { type ContainerRights, readContainerRights } from './rights.ts';

/** A check of a container; seconds, null: Kubernetes' usual ones. */
export interface Probe {
  action:
    | { kind: 'exec'; command: string[] }
    | { kind: 'http'; scheme: string; host: string; port: number; path: string }
    | { kind: 'tcp'; host: string; port: number };
  period: number | null;
  timeout: number | null;
  initialDelay: number | null;
  failures: number | null;
  successes: number | null;
}

export interface ContainerPort {
  name: string | null;
  containerPort: number | null;
  hostPort: number | null;
  hostIp: string | null;
  protocol: 'tcp' | 'udp';
}

export interface VolumeMount {
  name: string;
  /** As written: behind a colon options of mounts may follow (podman-kube-play(1)). */
  path: string;
  subPath: string | null;
  readOnly: boolean;
  propagation: 'None' | 'HostToContainer' | 'Bidirectional' | null;
  field: KubeField;
}

/** The value of a variable of the environment. */
export type VariableSource =
  | { kind: 'value'; value: string }
  | { kind: 'configMap' | 'secret'; name: string; key: string; optional: boolean }
  | { kind: 'field'; path: string }
  | { kind: 'resource'; resource: string; divisor: number | null; field: KubeField };

export interface Variable {
  name: string;
  source: VariableSource;
  field: KubeField;
}

/** All keys of a ConfigMap or Secret as variables. */
export interface VariablesFrom {
  kind: 'configMap' | 'secret';
  name: string;
  optional: boolean;
  prefix: string;
  field: KubeField;
}

export interface Resources {
  /** Cores. */
  cpu: number | null;
  /** Bytes. */
  memory: number | null;
  /** Names of devices, as podman has them: `podman.io/device=/dev/fuse`. */
  devices: { name: string; field: KubeField }[];
}

/** The process of a container. */
export interface ContainerProcess {
  /** Null: the image's. */
  command: string[] | null;
  args: string[] | null;
  workingDir: string | null;
  env: Variable[];
  envFrom: VariablesFrom[];
  tty: boolean;
  stdin: boolean;
}

/** A container of a pod (`spec.containers[]`, `spec.initContainers[]`). */
export interface KubeContainer {
  name: string;
  image: string;
  /** As written. */
  pullPolicy: string | null;
  process: ContainerProcess;
  ports: ContainerPort[];
  mounts: VolumeMount[];
  limits: Resources;
  requests: Resources;
  liveness: Probe | null;
  startup: Probe | null;
  rights: ContainerRights;
  field: KubeField;
}

function readPort(field: KubeField): ContainerPort {
  const protocol = field.get('protocol');
  if (protocol.word()?.toUpperCase() === 'SCTP') {
    throw protocol.problem('ports of SCTP cannot be forwarded');
  }
  return {
    name: field.get('name').word(),
    containerPort: field.get('containerPort').number(0, 65_535) || null,
    hostPort: field.get('hostPort').number(0, 65_535) || null,
    hostIp: field.get('hostIP').word(),
    protocol:
      protocol.choice(['TCP', 'UDP', 'tcp', 'udp'])?.toLowerCase() === 'udp' ? 'udp' : 'tcp',
  };
}

/** A port by its number or by its name among those of the container. */
function readProbePort(field: KubeField, ports: readonly ContainerPort[]): number {
  const word = field.text();
  if (word === null) throw field.problem('it is needed');
  const named = ports.find(({ name }) => name === word);
  const port = named?.containerPort ?? (/^\d{1,5}$/.test(word) ? Number(word) : 0);
  if (port < 1 || port > 65_535) throw field.problem(`unknown port: ${word}`);
  return port;
}

function readAction(field: KubeField, ports: readonly ContainerPort[]): Probe['action'] | null {
  const exec = field.get('exec');
  if (!exec.isAbsent) return { kind: 'exec', command: exec.get('command').texts() };
  const http = field.get('httpGet');
  if (!http.isAbsent) {
    return {
      kind: 'http',
      scheme: http.get('scheme').choice(['HTTP', 'HTTPS', 'http', 'https']) ?? 'http',
      host: http.get('host').word() ?? 'localhost',
      port: readProbePort(http.get('port'), ports),
      path: http.get('path').word() ?? '/',
    };
  }
  const tcp = field.get('tcpSocket');
  if (tcp.isAbsent) return null;
  const host = tcp.get('host').word() ?? 'localhost';
  return { kind: 'tcp', host, port: readProbePort(tcp.get('port'), ports) };
}

function readProbe(field: KubeField, ports: readonly ContainerPort[]): Probe | null {
  const action = field.isAbsent ? null : readAction(field, ports);
  if (action === null) return null;
  if (action.kind === 'exec' && action.command.length === 0) {
    throw field.get('exec').get('command').problem('it is needed');
  }
  return {
    action,
    period: field.get('periodSeconds').number(),
    timeout: field.get('timeoutSeconds').number(),
    initialDelay: field.get('initialDelaySeconds').number(0),
    failures: field.get('failureThreshold').number(),
    successes: field.get('successThreshold').number(),
  };
}

function readMount(field: KubeField): VolumeMount {
  return {
    name: field.get('name').needed(),
    path: field.get('mountPath').needed(),
    subPath: field.get('subPath').word(),
    readOnly: field.get('readOnly').flag() ?? false,
    propagation: field.get('mountPropagation').choice(['None', 'HostToContainer', 'Bidirectional']),
    field,
  };
}

function readVariableSource(field: KubeField): VariableSource {
  const from = field.get('valueFrom');
  for (const kind of ['configMap', 'secret'] as const) {
    const ref = from.get(`${kind}KeyRef`);
    if (ref.isAbsent) continue;
    const optional = ref.get('optional').flag() ?? false;
    return { kind, name: ref.get('name').needed(), key: ref.get('key').needed(), optional };
  }
  const ref = from.get('fieldRef');
  if (!ref.isAbsent) return { kind: 'field', path: ref.get('fieldPath').needed() };
  const resource = from.get('resourceFieldRef');
  if (resource.isAbsent) return { kind: 'value', value: field.get('value').text() ?? '' };
  const divisor = readQuantity(resource.get('divisor'));
  return {
    kind: 'resource',
    resource: resource.get('resource').needed(),
    divisor,
    field: resource,
  };
}

function readVariable(field: KubeField): Variable {
  const name = field.get('name');
  if (name.needed().includes('=')) throw name.problem('a name of a variable has no "="');
  return { name: name.needed(), source: readVariableSource(field), field };
}

function readVariablesFrom(field: KubeField): VariablesFrom[] {
  return (['configMap', 'secret'] as const).flatMap((kind) => {
    const ref = field.get(`${kind}Ref`);
    if (ref.isAbsent) return [];
    return [
      {
        kind,
        name: ref.get('name').needed(),
        optional: ref.get('optional').flag() ?? false,
        prefix: field.get('prefix').text() ?? '',
        field: ref,
      },
    ];
  });
}

function readResources(field: KubeField): Resources {
  const memory = readQuantity(field.get('memory'));
  return {
    cpu: readQuantity(field.get('cpu')),
    memory: memory === null ? null : Math.ceil(memory),
    devices: field
      .entries()
      .filter(([name]) => name.includes('/') && name.includes('='))
      .map(([name, member]) => ({ name, field: member })),
  };
}

function wordsOf(field: KubeField): string[] | null {
  const words = field.texts();
  return words.length === 0 ? null : words;
}

function readProcess(field: KubeField): ContainerProcess {
  return {
    command: wordsOf(field.get('command')),
    args: wordsOf(field.get('args')),
    workingDir: field.get('workingDir').word(),
    env: field.get('env').items().map(readVariable),
    envFrom: field.get('envFrom').items().flatMap(readVariablesFrom),
    tty: field.get('tty').flag() ?? false,
    stdin: field.get('stdin').flag() ?? false,
  };
}

/** Reads a container of a pod. Throws BryoError `bad-kube`. */
export function readContainer(field: KubeField): KubeContainer {
  const ports = field.get('ports').items().map(readPort);
  const resources = field.get('resources');
  return {
    name: field.get('name').needed(),
    image: field.get('image').needed(),
    pullPolicy: field.get('imagePullPolicy').word(),
    process: readProcess(field),
    ports,
    mounts: field.get('volumeMounts').items().map(readMount),
    limits: readResources(resources.get('limits')),
    requests: readResources(resources.get('requests')),
    liveness: readProbe(field.get('livenessProbe'), ports),
    startup: readProbe(field.get('startupProbe'), ports),
    rights: readContainerRights(field.get('securityContext')),
    field,
  };
}
