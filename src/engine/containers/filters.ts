import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { labelFits, readFilterWords } from '../../request/filters.ts';
import { networkNames } from '../../request/network.ts';
import { readPattern } from '../../request/pattern.ts';
import type { Engine } from '../engine.ts';
import { type ContainerView, exitCodeOf, stateName } from './describe.ts';
import { networkMode } from './inspect/network-mode.ts';
import { restartWhen } from './start/restart-files.ts';

type Test = (view: ContainerView) => boolean;
/** The surroundings in which filters are read. */
interface FilterParts {
  /** All containers. */
  views: readonly ContainerView[];
  engine: Engine;
}

/** Makes a test of a filter's value. */
type Filter = (value: string, parts: FilterParts) => Test | Promise<Test>;

export const containerStates = [
  'configured',
  'created',
  'dead',
  'exited',
  'initialized',
  'paused',
  'removing',
  'restarting',
  'running',
  'starting',
  'stopped',
  'stopping',
  'unknown',
];

/** podman also knows states that are only passed through here. */
function statusFits(wanted: string): Test {
  if (!containerStates.includes(wanted)) {
    throw new BryoError('usage', `unknown container state ${JSON.stringify(wanted)}`, {
      hint: `one of ${containerStates.join(', ')}`,
    });
  }
  const alias = { configured: 'created', stopped: 'exited' }[wanted];
  return ({ state }) =>
    wanted === 'unknown' ? state.status === 'unknown' : stateName(state) === (alias ?? wanted);
}

/** When the container was created that a name or the beginning of an id names. */
function creationOf(views: readonly ContainerView[], name: string): string {
  const found =
    views.find(({ record }) => record.name === name) ??
    views.find(({ record }) => record.id.startsWith(name));
  if (found !== undefined && name !== '') return found.record.createdAt;
  throw new BryoError('no-such-container', `no container with name or ID ${JSON.stringify(name)}`);
}

function ancestorFits(wanted: string): Test {
  const hex = wanted.replace(/^sha256:/, '');
  return ({ record: { rootfs } }) => {
    if (rootfs.kind !== 'image') return false;
    const { imageName, imageId } = rootfs;
    if (/^[0-9a-f]{3,}$/.test(hex) && imageId.startsWith(hex)) return true;
    const untagged = imageName.replace(/:[^:/]*$/, '');
    return [imageName, untagged].some((name) => name === wanted || name.endsWith(`/${wanted}`));
  };
}

/** Whether a unit at boot starts a container: unless-stopped means those that nobody has stopped. */
function startsOnBoot({ record, stopped }: ContainerView): boolean {
  const { policy } = record.options.restart;
  return policy === 'always' || (policy === 'unless-stopped' && !stopped);
}

const filters: Readonly<Record<string, Filter>> = {
  id: async (value) => {
    const fits = await readPattern('id', value.toLowerCase(), { before: '^(?:', after: ')' });
    return ({ record }) => fits(record.id);
  },
  name: async (value) => {
    // docker's names begin with a slash.
    const fits = await readPattern('name', value.replace(/^(\^?)\//, '$1'));
    return ({ record }) => fits(record.name);
  },
  label:
    (value) =>
    ({ record }) =>
      labelFits(record.labels, value),
  'label!':
    (value) =>
    ({ record }) =>
      !labelFits(record.labels, value),
  status: statusFits,
  exited: (value) => {
    if (!/^-?\d+$/.test(value)) {
      throw new BryoError('usage', `--filter exited=${value}: an exit code is needed`);
    }
    return ({ state }) =>
      (state.status === 'exited' || state.status === 'unknown') &&
      exitCodeOf(state) === Number(value);
  },
  ancestor: ancestorFits,
  before: (value, { views }) => {
    const at = creationOf(views, value);
    return ({ record }) => record.createdAt < at;
  },
  since: (value, { views }) => {
    const at = creationOf(views, value);
    return ({ record }) => record.createdAt > at;
  },
  until: (value) => {
    const limit = parseTimeArgument(value, new Date());
    return ({ record }) => BigInt(Date.parse(record.createdAt)) * 1_000_000n < limit;
  },
  volume:
    (value) =>
    ({ record }) =>
      record.volumes.some(({ name, target }) => name === value || target === value) ||
      record.options.mounts.some(({ target }) => target === value),
  pod:
    (value) =>
    ({ record }) =>
      value !== '' && record.options.pod?.startsWith(value) === true,
  network: async (value, { engine }) => {
    const { networkNameOf } = await import('../networks/look-up.ts');
    const name = networkNameOf(engine, value);
    return ({ record: { options } }) =>
      networkNames(options.network).includes(name) || networkMode(options) === value;
  },
  health:
    (value) =>
    ({ health }) =>
      value === (health ?? 'none'),
  'restart-policy': (value) => {
    const policy = ['', 'none', 'never'].includes(value) ? 'no' : value;
    if (!Object.hasOwn(restartWhen, policy)) {
      throw new BryoError('bad-filter', `${value} invalid restart policy`);
    }
    return ({ record }) => record.options.restart.policy === policy;
  },
  'should-start-on-boot': (value) => (view) => startsOnBoot(view) === (value === 'true'),
};

/** Keys whose filters must all fit. */
const exclusive = ['label', 'label!'];

/** Filters of one key are alternatives, except labels, which must all fit (podman-ps(1)). */
export async function applyFilters(
  engine: Engine,
  views: readonly ContainerView[],
  words: readonly string[],
): Promise<ContainerView[]> {
  const byKey = new Map<string, Test[]>();
  for (const [key, value] of readFilterWords(words, Object.keys(filters))) {
    const test = await filters[key]?.(value, { views, engine });
    const tests = byKey.get(key);
    if (test === undefined) continue;
    if (tests === undefined) byKey.set(key, [test]);
    else tests.push(test);
  }
  return views.filter((view) =>
    [...byKey].every(([key, tests]) =>
      exclusive.includes(key)
        ? tests.every((test) => test(view))
        : tests.some((test) => test(view)),
    ),
  );
}
