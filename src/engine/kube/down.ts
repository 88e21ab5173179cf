import { BryoError } from '../../base/errors.ts';
import { isPod, readKubeFile } from '../../kube/objects.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { listPods } from '../../pod/records.ts';
import { listSecrets } from '../../secret/secrets.ts';
import type { Engine } from '../engine.ts';
import { stopPod } from '../pods/lifecycle.ts';
import { removePod } from '../pods/remove.ts';
import { removeSecret } from '../secrets/secrets.ts';
import { removeVolume, volumeExists } from '../volumes/volumes.ts';

/** The fate of one thing: its id or name when it is gone, or the error that kept it. */
export type Outcome = { done: string } | { error: BryoError };

export interface DownReport {
  stopped: Outcome[];
  removed: Outcome[];
  secrets: Outcome[];
  volumes: Outcome[];
}

async function outcomeOf(name: string, action: () => Promise<unknown>): Promise<Outcome> {
  try {
    await action();
    return { done: name };
  } catch (error) {
    if (error instanceof BryoError) return { error };
    throw error;
  }
}

async function each<T>(
  of: readonly T[],
  nameOf: (one: T) => string,
  action: (one: T) => Promise<unknown>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of of) outcomes.push(await outcomeOf(nameOf(one), () => action(one)));
  return outcomes;
}

/**
 * Removes what a file of Kubernetes YAML describes: pods and secrets, with `force` volumes as well. What is not there
 * is no error. Throws BryoError `bad-kube` for what cannot be read.
 */
export async function downKube(
  engine: Engine,
  text: string,
  { force }: { force: boolean },
): Promise<DownReport> {
  const { objects } = readKubeFile(text);
  const { store } = engine;
  const names = new Set(objects.filter(isPod).map(({ name }) => name));
  const pods = listPods(store).filter(({ name }) => names.has(name));
  const named = (kind: 'Secret' | 'PersistentVolumeClaim'): string[] =>
    objects.flatMap((object) => (object.kind === kind ? [object.metadata.name] : []));
  const wanted = new Set(named('Secret'));
  const secrets = listSecrets(store).filter(({ name }) => wanted.has(name));
  const idOf = ({ id }: { id: string }): string => id;
  const stopped = await each(pods, idOf, (pod: PodRecord) => stopPod(engine, pod, null));
  const removed = await each(pods, idOf, (pod: PodRecord) =>
    removePod(engine, pod, { force: true, timeout: null }),
  );
  return {
    stopped,
    removed,
    secrets: await each(secrets, idOf, ({ id }) => removeSecret(engine, id)),
    volumes: force
      ? await each(
          named('PersistentVolumeClaim').filter((name) => volumeExists(store, name)),
          (name) => name,
          (name) => removeVolume(engine, name, { force: false, timeout: null }),
        )
      : [],
  };
}
