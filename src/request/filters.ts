import { BryoError } from '../base/errors.ts';
import { readPair } from './values.ts';

/**
 * The keys and values of `--filter KEY=VALUE`. Throws BryoError for a key that is not `known` and for
 * words without a value: before anything is listed or removed, so also where there is nothing yet.
 */
export function readFilterWords(
  words: readonly string[],
  known: readonly string[],
): [key: string, value: string][] {
  return words.map((word) => {
    const [key, value] = readPair(word);
    if (!known.includes(key)) {
      throw new BryoError('usage', `unknown --filter ${JSON.stringify(key)}`, {
        hint: `known are ${known.join(', ')}`,
      });
    }
    if (!word.includes('=')) {
      throw new BryoError('usage', `invalid --filter ${JSON.stringify(word)}`, {
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
