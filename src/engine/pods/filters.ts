import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { isHolder } from '../../pod/records.ts';
import { labelFits, readFilterWords } from '../../request/filters.ts';
import { networkNames } from '../../request/network.ts';
import { readPattern } from '../../request/pattern.ts';
import { stateName } from '../containers/describe.ts';
import { containerStates } from '../containers/filters.ts';
import { networkMode } from '../containers/inspect/network-mode.ts';
import type { PodView } from './view.ts';

const podStates = ['created', 'dead', 'degraded', 'exited', 'paused', 'running', 'stopped'];

function checkState(value: string, states: readonly string[], whose: string): void {
  if (states.includes(value.toLowerCase())) return;
  throw new BryoError('usage', `${JSON.stringify(value)} is not a valid ${whose} status`, {
    hint: `one of ${states.join(', ')}`,
  });
}

type Test = (view: PodView) => boolean;

/** The test of what an id begins with. */
function idPattern(key: string, value: string) {
  return readPattern(key, value, { before: '^(?:', after: ')' });
}

const filters: Readonly<Record<string, (value: string) => Test | Promise<Test>>> = {
  id: async (value) => {
    const fits = await idPattern('id', value);
    return ({ pod }) => fits(pod.id);
  },
  name: async (value) => {
    const fits = await readPattern('name', value);
    return ({ pod }) => fits(pod.name);
  },
  label:
    (value) =>
    ({ pod }) =>
      labelFits(pod.labels, value),
  status: (value) => {
    checkState(value, podStates, 'pod');
    return ({ status }) => status.toLowerCase() === value.toLowerCase();
  },
  'ctr-ids': async (value) => {
    const fits = await idPattern('ctr-ids', value);
    return ({ members }) => members.some(({ record }) => fits(record.id));
  },
  'ctr-names':
    (value) =>
    ({ members }) =>
      members.some(({ record }) => record.name.includes(value)),
  'ctr-number':
    (value) =>
    ({ members }) =>
      members.length === Number(value),
  'ctr-status': (value) => {
    checkState(value, containerStates, 'container');
    return ({ members }) => members.some(({ state }) => stateName(state) === value);
  },
  network:
    (value) =>
    ({ members }) =>
      members.some(
        ({ record }) =>
          isHolder(record) &&
          [networkMode(record.options), ...networkNames(record.options.network)].includes(value),
      ),
  until: (value) => {
    const limit = parseTimeArgument(value, new Date());
    return ({ pod }) => BigInt(Date.parse(pod.createdAt)) * 1_000_000n < limit;
  },
};

/**
 * Tells whether a pod fits; filters of one key are alternatives, except labels, which must all fit
 * (podman-pod-ps(1)). Rejects with a BryoError `usage`.
 */
export async function podFilter(words: readonly string[]): Promise<Test> {
  const byKey = new Map<string, Test[]>();
  for (const [key, value] of readFilterWords(words, Object.keys(filters))) {
    const test = await filters[key]?.(value);
    if (test !== undefined) byKey.set(key, [...(byKey.get(key) ?? []), test]);
  }
  return (view) =>
    [...byKey].every(([key, tests]) =>
      key === 'label' ? tests.every((test) => test(view)) : tests.some((test) => test(view)),
    );
}
