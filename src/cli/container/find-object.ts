import type { ErrorCode } from '../../base/error-codes.ts';
import { BryoError } from '../../base/errors.ts';
import { inspectImage } from '../../engine/containers/inspect/image.ts';
import { inspectContainer } from '../../engine/containers/inspect.ts';
import { inspectPod } from '../../engine/pods/inspect.ts';
import { absentLimit, podLimitNames } from '../../engine/pods/limits.ts';
import { describeVolume, findVolume } from '../../engine/volumes/volumes.ts';
import type { Asker } from '../context.ts';

/** Kinds of things that can be inspected. */
export type ObjectKind = 'container' | 'image' | 'volume' | 'network' | 'pod';

/** In the order in which a name is looked for. */
export const objectKinds: readonly ObjectKind[] = [
  'container',
  'image',
  'volume',
  'network',
  'pod',
];

export type Description = Record<string, unknown>;

/** Null for the errors that mean that there is no such thing. */
async function unless(
  absent: readonly string[],
  describe: () => Description | null | Promise<Description>,
): Promise<Description | null> {
  try {
    return await describe();
  } catch (error) {
    if (error instanceof BryoError && absent.includes(error.code)) return null;
    throw error;
  }
}

type Finder = (asker: Asker, name: string) => Promise<Description | null>;

const finders: Readonly<Record<ObjectKind, Finder>> = {
  container: ({ engine }, name) =>
    unless(['no-such-container'], () => inspectContainer(engine, name)),
  image: ({ engine }, name) => unless(['bad-reference'], () => inspectImage(engine, name)),
  volume: ({ engine }, name) =>
    unless(['no-such-volume', 'bad-volume-name'], () =>
      describeVolume(findVolume(engine.store, name)),
    ),
  network: (asker, name) =>
    unless(['no-such-network'], async () => {
      const { describeNetwork } = await import('../network/describe.ts');
      return describeNetwork(asker, name);
    }),
  pod: ({ engine }, name) => unless(['no-such-pod'], () => inspectPod(engine, name)),
};

const absences: Readonly<Record<ObjectKind, (name: string) => string>> = {
  container: (name) => `no such container ${name}`,
  image: (name) => `${name}: image not known`,
  volume: (name) => `no such volume ${name}`,
  network: (name) =>
    `network ${name}: unable to find network with name or ID ${name}: network not found`,
  pod: (name) => `no such pod ${name}`,
};

const absenceCodes = {
  container: 'no-such-container',
  image: 'no-such-image',
  volume: 'no-such-volume',
  network: 'no-such-network',
  pod: 'no-such-pod',
} as const satisfies Record<ObjectKind, ErrorCode>;

/** The first of these kinds that has such a name. Throws BryoError `no-such-…`. */
export async function findObject(
  asker: Asker,
  name: string,
  kinds: readonly ObjectKind[],
): Promise<Description> {
  for (const kind of kinds) {
    const found = await finders[kind](asker, name);
    if (found !== null) return found;
  }
  const [only] = kinds;
  const what =
    kinds.length === 1 && only !== undefined
      ? absences[only](name)
      : `no such object: ${JSON.stringify(name)}`;
  const code = kinds.length === 1 && only !== undefined ? absenceCodes[only] : 'no-such-object';
  throw new BryoError(code, what, { about: name });
}

/** Lists of pods that JSON leaves out when they are empty. */
const inheritedNames = {
  devices: 'Devices',
  mounts: 'Mounts',
  volumes_from: 'VolumesFrom',
  security_opt: 'SecurityOpts',
};

/** Names that templates know besides those of the JSON (podman's own aliases). */
export function withAliases(found: Description): Description {
  const alias = (name: string, value: unknown): void => {
    Object.defineProperty(found, name, { value, enumerable: false });
  };
  if (typeof found['Id'] === 'string') alias('ID', found['Id']);
  if ('NumContainers' in found) {
    for (const [field, name] of Object.entries(inheritedNames)) alias(name, found[field] ?? []);
    for (const [field, name] of Object.entries(podLimitNames)) {
      alias(name, found[field] ?? absentLimit(field));
    }
  }
  return found;
}
