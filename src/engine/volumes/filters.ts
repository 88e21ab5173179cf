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

/**
 * A test of whether a volume fits all filters, `KEY=VALUE` (podman-volume-ls(1)). Rejects with a
 * BryoError `usage`.
 */
export async function volumeFilter(words: readonly string[]): Promise<Test> {
  const tests: Test[] = [];
  for (const [key, value] of readFilterWords(words, Object.keys(filters), {
    unknown: (key) => `${JSON.stringify(key)} is an invalid volume filter`,
    incomplete: (word) => `filter input must be in the form of filter=value: ${word} is invalid`,
  })) {
    const test = await filters[key]?.(value);
    if (test !== undefined) tests.push(test);
  }
  return (volume) => tests.every((test) => test(volume));
}
