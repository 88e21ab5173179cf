import { isPod, readKubeFile } from '../../../src/kube/objects.ts';

/** The first pod of a text, with the ConfigMaps there. */
export function readPod(text: string) {
  const { objects } = readKubeFile(text);
  const pod = objects.find(isPod);
  if (pod === undefined) throw new Error('no pod');
  const configMaps = new Map(
    objects.flatMap((one) => (one.kind === 'ConfigMap' ? [[one.metadata.name, one] as const] : [])),
  );
  return { pod, configMaps };
}

/** A Pod whose only container has these lines beside its name and image. */
export function podOf(container: object, { spec = {}, metadata = {} } = {}): string {
  return JSON.stringify({
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'x' }, ...metadata },
    spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
  });
}
