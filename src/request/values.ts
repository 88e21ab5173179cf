import { readFileSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';

/** A flag's value that cannot be read, named as the user wrote it. */
export function badValue(flag: string, value: string, why: string): BryoError {
  return new BryoError('bad-flag-value', `invalid ${flag} ${JSON.stringify(value)}: ${why}`);
}

/** A whole number of at least `least`. */
export function readNumber(flag: string, text: string, least: number): number {
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < least) {
    throw badValue(flag, text, `a whole number of at least ${least} is needed`);
  }
  return value;
}

/** The word among those that a flag takes; null when it was not given. */
export function readChoice<T extends string>(
  flag: string,
  text: string | null,
  choices: readonly T[],
): T | null {
  const found = choices.find((choice) => choice === text);
  if (text === null || found !== undefined) return found ?? null;
  throw badValue(flag, text, choices.join(', '));
}

/** The lines of a file that are neither empty nor comments. */
export function readListFile(flag: string, path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BryoError('bad-flag-value', `cannot read ${JSON.stringify(path)} (${flag})`, {
      cause,
    });
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** `KEY=VALUE`; without `=` the value is empty. */
export function readPair(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
