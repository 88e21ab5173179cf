import { parseTimeArgument } from '../../base/duration.ts';
import { labelFits, readFilterWords } from '../../request/filters.ts';
import { readPattern } from '../../request/pattern.ts';
import type { VolumeView } from './volumes.ts';

type Test = (volume: VolumeView) => boolean;

const filters: Readonly<Record<string, (value: string) => Test | Promise<Test>>> = {
  name: async (value) => {
    const fits = await readPattern('name', value);
    return ({ name }) => fits(name);
  },
  label: (value) => (volume) => labelFits(volume.labels, value),
  'label!': (value) => (volume) => !labelFits(volume.labels, value),
  dangling: (value) => (volume) =>
    (volume.users.length === 0) === (value === 'true' || value === '1'),
  driver: (value) => (volume) => (volume.driver ?? 'local') === value,
  opt: (value) => (volume) => labelFits(volume.options ?? {}, value),
  scope: (value) => () => value === 'local',
  until: (value) => {
    const limit = parseTimeArgument(value, new Date());
    return ({ createdAt }) => BigInt(Date.parse(createdAt)) * 1_000_000n < limit;
  },
};

/** Keys all of whose values must fit. */
const exclusive = ['label', 'label!'];

/**
 * A test of whether a volume fits the filters, `KEY=VALUE` (podman-volume-ls(1)): all keys, and of several values of
 * one any, of labels all. Rejects with a BryoError `usage`.
 */
export async function volumeFilter(words: readonly string[]): Promise<Test> {
  const tests = new Map<string, Test[]>();
  for (const [key, value] of readFilterWords(words, Object.keys(filters), {
    unknown: (key) => `${JSON.stringify(key)} is an invalid volume filter`,
    incomplete: (word) => `filter input must be in the form of filter=value: ${word} is invalid`,
  })) {
    const test = await filters[key]?.(value);
    if (test !== undefined) tests.set(key, [...(tests.get(key) ?? []), test]);
  }
  return (volume) =>
    [...tests].every(([key, ofKey]) =>
      exclusive.includes(key)
        ? ofKey.every((test) => test(volume))
        : ofKey.some((test) => test(volume)),
    );
}
