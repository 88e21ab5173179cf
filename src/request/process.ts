import { BryoError } from '../base/errors.ts';
import type { ProcessRequest } from './container.ts';
import { badValue } from './values.ts';

export function readSystemd(text: string): ProcessRequest['systemd'] {
  const word = { t: 'true', '1': 'true', f: 'false', '0': 'false' }[text] ?? text;
  if (word === 'true' || word === 'false' || word === 'always') return word;
  throw badValue('--systemd', text, 'true, false or always is needed');
}

export function readStreams(words: readonly string[]): string[] | null {
  if (words.length === 0) return null;
  return words
    .flatMap((word) => word.toLowerCase().split(','))
    .map((word) => {
      if (['stdin', 'stdout', 'stderr'].includes(word)) return word;
      throw badValue('--attach', word, 'stdin, stdout or stderr is needed');
    });
}

/** personality(2): PER_LINUX and PER_LINUX32. */
const personalities: Readonly<Record<string, number>> = { LINUX: 0, LINUX32: 8 };

export function readPersonality(text: string | null): number | null {
  if (text === null) return null;
  const value = personalities[text.toUpperCase().replace(/^PER_/, '')];
  if (value === undefined) throw badValue('--personality', text, 'LINUX or LINUX32 is needed');
  return value;
}

export function readGroups(words: readonly string[]): string[] {
  const groups = words.flatMap((word) => word.split(','));
  if (groups.includes('keep-groups') && groups.length > 1) {
    throw new BryoError(
      'bad-flag-value',
      "the '--group-add keep-groups' option is not allowed with any other --group-add options",
    );
  }
  return groups;
}

/** A word for --entrypoint, or a JSON array of words; an empty one clears the image's. */
export function readEntrypoint(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith('[')) return [text];
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Not JSON after all: a program whose name begins with a bracket.
  }
  return [text];
}

export function readUmask(text: string | null): number {
  if (text === null) return 0o022;
  if (!/^0?[0-7]{1,4}$/.test(text)) throw badValue('--umask', text, 'an octal mode is needed');
  return Number.parseInt(text, 8) & 0o777;
}

export function readWorkdir(text: string | null): string | null {
  if (text === null || text === '') return null;
  if (!text.startsWith('/')) throw badValue('--workdir', text, 'an absolute path is needed');
  return text;
}
