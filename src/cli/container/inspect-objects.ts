import type { ErrorCode } from '../../base/error-codes.ts';
import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { findRecord } from '../../container/records.ts';
import { inspectImage } from '../../engine/containers/inspect/image.ts';
import { inspectContainer } from '../../engine/containers/inspect.ts';
import type { Engine } from '../../engine/engine.ts';
import { defaultNetworkName } from '../../engine/networks/default-name.ts';
import { inspectPod } from '../../engine/pods/inspect.ts';
import { absentLimit, podLimitNames } from '../../engine/pods/limits.ts';
import { describeVolume, findVolume } from '../../engine/volumes/volumes.ts';
import { asDocker } from '../../view/docker/inspect.ts';
import type { Invocation } from '../command.ts';
import { printError } from '../context.ts';
import type { Dialect } from '../dialect.ts';
import { formatOne, formatRows } from '../format/format-flag.ts';
import { isJsonFormat } from '../format/json-format.ts';

/** Kinds of things that can be inspected. */
export type ObjectKind = 'container' | 'image' | 'volume' | 'pod';

export const objectKinds: readonly ObjectKind[] = ['container', 'image', 'volume', 'pod'];

type Description = Record<string, unknown>;

/** Null for the errors that mean that there is no such thing. */
function unless(absent: readonly string[], describe: () => Description | null): Description | null {
  try {
    return describe();
  } catch (error) {
    if (error instanceof BryoError && absent.includes(error.code)) return null;
    throw error;
  }
}

type Finder = (engine: Engine, name: string) => Description | null;

/** Of a container with SizeRw and SizeRootFs. */
async function withSize(engine: Engine, found: Description): Promise<Description> {
  if (!('HostConfig' in found)) return found;
  const { inspectWithSize } = await import('../../engine/containers/inspect-with-size.ts');
  return inspectWithSize(engine, findRecord(engine.store, String(found['Id'])));
}

const finders: Readonly<Record<ObjectKind, Finder>> = {
  container: (engine, name) => unless(['no-such-container'], () => inspectContainer(engine, name)),
  image: (engine, name) => unless(['bad-reference'], () => inspectImage(engine, name)),
  volume: (engine, name) =>
    unless(['no-such-volume', 'bad-volume-name'], () =>
      describeVolume(findVolume(engine.store, name)),
    ),
  pod: (engine, name) => unless(['no-such-pod'], () => inspectPod(engine, name)),
};

const absences: Readonly<Record<ObjectKind, (name: string) => string>> = {
  container: (name) => `no such container ${name}`,
  image: (name) => `${name}: image not known`,
  volume: (name) => `no such volume ${name}`,
  pod: (name) => `no such pod ${name}`,
};

const absenceCodes = {
  container: 'no-such-container',
  image: 'no-such-image',
  volume: 'no-such-volume',
  pod: 'no-such-pod',
} as const satisfies Record<ObjectKind, ErrorCode>;

function findObject(engine: Engine, name: string, kinds: readonly ObjectKind[]): Description {
  for (const kind of kinds) {
    const found = finders[kind](engine, name);
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
function withAliases(found: Description): Description {
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

function output(
  found: readonly Description[],
  format: string | null,
  { list, dialect }: { list: boolean; dialect: Dialect },
): string {
  if (format === null || isJsonFormat(format)) {
    const [only] = found;
    const shown = list || found.length !== 1 ? found : only;
    return `${jsonText(shown, 4)}\n`;
  }
  const aliased = found.map(withAliases);
  // podman's names for fields of mounts, ports and containers of pods.
  const text = format
    .replaceAll('.Src', '.Source')
    .replaceAll('.Dst', '.Destination')
    .replaceAll('.HostIP', '.HostIp')
    .replace(/\.ID\b/g, '.Id');
  if (/^table\s/.test(text)) return formatRows(text, aliased, { dialect, heading: false });
  return aliased.map((one) => formatOne(text, one, dialect)).join('');
}

/** The words that podman's JSON has as one text. */
function entrypointOf({ store }: Engine, found: Description): readonly string[] {
  const { Id, HostConfig } = found;
  if (HostConfig === undefined || typeof Id !== 'string') return [];
  return findRecord(store, Id).entrypoint;
}

/**
 * Prints what is known of each name; what cannot be found is told, and makes the status 125. Without
 * `list` a single object stands for itself.
 */
export async function inspectObjects(
  invocation: Invocation,
  names: readonly string[],
  kinds: readonly ObjectKind[],
  list = true,
): Promise<number> {
  const { context } = invocation;
  const { dialect } = context;
  const docker = dialect === 'docker';
  const found: Description[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      const named = docker ? name.replace(/^\//, '') : name;
      const object = findObject(context.engine, named, kinds);
      const sized = kinds.includes('container') && invocation.flag('size');
      const one = sized ? await withSize(context.engine, object) : object;
      const { engine } = context;
      found.push(
        docker ? asDocker(one, entrypointOf(engine, one), defaultNetworkName(engine)) : one,
      );
    } catch (error) {
      if (!(error instanceof BryoError) || error.code === 'usage') throw error;
      failures.push(error);
    }
  }
  context.stdout.write(output(found, invocation.text('format'), { list, dialect }));
  for (const failure of failures) printError(context, failure);
  if (failures.length === 0) return 0;
  return docker ? 1 : 125;
}
