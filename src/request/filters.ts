import { BryoError } from '../base/errors.ts';
import { readPair } from './values.ts';

/** podman's words for filters that cannot be used; they differ from listing to listing. */
export interface FilterRefusals {
  unknown(key: string): string;
  incomplete(word: string): string;
  /** The words say all: no hint comes after them. */
  whole?: true;
}

const usualRefusals: FilterRefusals = {
  unknown: (key) => `${key} is an invalid filter`,
  incomplete: (word) => `invalid filter ${JSON.stringify(word)}`,
};

/**
 * The keys and values of `--filter KEY=VALUE`. Throws BryoError for a key that is not `known` and for
 * words without a value: before anything is listed or removed, so also where there is nothing yet.
 */
export function readFilterWords(
  words: readonly string[],
  known: readonly string[],
  refusals: FilterRefusals = usualRefusals,
): [key: string, value: string][] {
  return words.map((word) => {
    const [key, value] = readPair(word);
    if (!known.includes(key)) {
      const hint = `known are ${known.join(', ')}`;
      throw new BryoError('usage', refusals.unknown(key), refusals.whole ? {} : { hint });
    }
    if (!word.includes('=')) {
      throw new BryoError('usage', refusals.incomplete(word), {
        hint: `${key}=VALUE is needed`,
      });
    }
    return [key, value];
  });
}

/** Whether labels have what `--filter label=KEY[=VALUE]` wants. */
export function labelFits(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key, value] = readPair(wanted);
  return Object.hasOwn(labels, key) && (!wanted.includes('=') || labels[key] === value);
}
