import { badValue, readNumber } from '../../request/values.ts';
import type { FoundImage } from './search.ts';

type Fits = (image: FoundImage) => boolean;

/** A value of `--filter`: stars=N, is-official or is-automated. Throws BryoError `bad-flag-value`. */
export function searchFilter(text: string): Fits {
  const [key = '', value] = text.split(/=(.*)/s);
  const truth = (name: string, read: (image: FoundImage) => boolean): Fits => {
    if (value !== undefined && !/^(true|false)$/.test(value)) {
      throw badValue('--filter', text, `${name} is true or false`);
    }
    return (image) => read(image) === (value !== 'false');
  };
  switch (key) {
    case 'stars': {
      const least = readNumber('--filter stars', value ?? '', 0);
      return ({ stars }) => stars >= least;
    }
    case 'is-official':
      return truth(key, ({ official }) => official);
    case 'is-automated':
      return truth(key, ({ automated }) => automated);
    default:
      throw badValue('--filter', text, 'stars, is-official or is-automated');
  }
}
