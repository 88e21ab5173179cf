import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import type { Network } from '../../network/config/network.ts';
import { labelFits } from '../../request/filters.ts';
import { readPattern } from '../../request/pattern.ts';
import { readPair } from '../../request/values.ts';

type Test = (network: Network) => boolean;

interface FilterParts {
  /** Names of the networks that containers join. */
  used: () => ReadonlySet<string>;
  /** Names of the networks that are there without being made. */
  predefined: ReadonlySet<string>;
}

type Filter = (value: string, parts: FilterParts) => Test | Promise<Test>;

/** docker's words for what is docker's own. */
function typeFits(value: string, predefined: ReadonlySet<string>): Test {
  if (value !== 'builtin' && value !== 'custom') {
    throw new BryoError('usage', `invalid filter 'type=${value}'`);
  }
  return ({ name }) => predefined.has(name) === (value === 'builtin');
}

function readFlag(value: string): boolean {
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(value)) return true;
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(value)) return false;
  throw new BryoError('usage', `invalid dangling filter value "${value}"`);
}

const pruneFilters: Readonly<Record<string, Filter>> = {
  label:
    (value) =>
    ({ labels }) =>
      labelFits(labels, value),
  'label!':
    (value) =>
    ({ labels }) =>
      !labelFits(labels, value),
  until: (value) => {
    const limit = parseTimeArgument(value, new Date());
    return ({ created }) => BigInt(Date.parse(created)) * 1_000_000n < limit;
  },
};

const listFilters: Readonly<Record<string, Filter>> = {
  ...pruneFilters,
  name: async (value) => {
    const fits = await readPattern('name', value);
    return ({ name }) => fits(name);
  },
  driver:
    (value) =>
    ({ driver }) =>
      driver === value,
  id: async (value) => {
    const fits = await readPattern('id', value.toLowerCase(), { before: '^(?:', after: ')' });
    return ({ id }) => fits(id);
  },
  dangling: (value, { used, predefined }) => {
    const wanted = readFlag(value);
    const names = used();
    return ({ name }) => (names.has(name) || predefined.has(name)) !== wanted;
  },
  scope: (value) => () => value === 'local',
  type: (value, { predefined }) => typeFits(value, predefined),
};

/** Keys whose filters must all fit; of the others one is enough (podman-network-ls(1)). */
const exclusive = ['label', 'label!', 'until'];

async function readFilters(
  words: readonly string[],
  known: Readonly<Record<string, Filter>>,
  parts: FilterParts,
): Promise<Test> {
  const byKey = new Map<string, Test[]>();
  for (const word of words) {
    const [key, value] = readPair(word);
    if (!word.includes('=')) {
      throw new BryoError(
        'usage',
        `filter input must be in the form of filter=value: ${word} is invalid`,
      );
    }
    const filter = Object.hasOwn(known, key) ? known[key] : undefined;
    if (filter === undefined) {
      throw new BryoError('usage', `invalid filter ${JSON.stringify(key)}`, {
        hint: `known are ${Object.keys(known).join(', ')}`,
      });
    }
    byKey.set(key, [...(byKey.get(key) ?? []), await filter(value, parts)]);
  }
  return (network) =>
    [...byKey].every(([key, tests]) =>
      exclusive.includes(key)
        ? tests.every((test) => test(network))
        : tests.some((test) => test(network)),
    );
}

/** Whether a network fits the filters of `network ls`. Rejects with a BryoError `usage`. */
export function networkFilter(words: readonly string[], parts: FilterParts): Promise<Test> {
  return readFilters(words, listFilters, parts);
}

/** Whether a network fits the filters of `network prune`. Rejects with a BryoError `usage`. */
export function networkPruneFilter(words: readonly string[]): Promise<Test> {
  return readFilters(words, pruneFilters, { used: () => new Set(), predefined: new Set() });
}
