import { PodAnnotations } from '../../../src/kube/annotations.ts';
import { containerRequest } from '../../../src/kube/container-request.ts';
import type { ReadyVolume } from '../../../src/kube/mounts.ts';
import type { ContainerOptions } from '../../../src/request/container.ts';
import { defaultLog } from '../../../src/request/log.ts';
import { podOf, readPod } from './read-pod.ts';

/** Volumes of each kind, by the names that pods have for them. */
export const volumes = new Map<string, ReadyVolume>([
  ['host', { kind: 'bind', path: '/srv' }],
  ['named', { kind: 'volume', name: 'data' }],
  ['memory', { kind: 'memory', size: 1024 }],
  ['device', { kind: 'device', path: '/dev/fuse' }],
  ['image', { kind: 'image', name: 'files' }],
  ['absent', { kind: 'absent' }],
]);

/** The request of the first container of a text's pod. */
export function request(text: string, isInit = false): ContainerOptions {
  const { pod, configMaps } = readPod(text);
  const [container] = isInit ? pod.spec.initContainers : pod.spec.containers;
  if (container === undefined) throw new Error('no container');
  const annotations = new PodAnnotations(pod, {});
  return containerRequest(
    container,
    {
      pod,
      podId: 'p0d',
      infraId: 'inf4a',
      annotations,
      volumes,
      variables: {
        configMaps,
        secret: (name) => (name === 'known' ? { password: Buffer.from('s3cret') } : null),
        pod: { name: pod.name, id: 'p0d', labels: pod.labels, annotations: annotations.all },
        host: { memory: 4096, cpus: 2 },
      },
      log: defaultLog(),
      seccompRoot: '/profiles',
      earlier: new Set(['first']),
    },
    { isInit, imageEnv: { PATH: '/bin' } },
  );
}

/** The request of a pod without anything that was asked for. */
export const plain = request(podOf({}));

/** The parts of a request that its lines have changed. */
export function changes(container: object, others = {}): Partial<ContainerOptions> {
  const changed = Object.entries(request(podOf(container, others))).filter(
    ([key, value]) =>
      JSON.stringify(value) !== JSON.stringify(plain[key as keyof ContainerOptions]),
  );
  return Object.fromEntries(changed);
}
