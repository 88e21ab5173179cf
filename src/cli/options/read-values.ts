import { readFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { UlimitRequest } from '../../container/options.ts';

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

/** One of the words that a flag takes; null when it was not given. */
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

/**
 * `--env` and `--env-file` words: a name alone takes the caller's value and is dropped when there is
 * none; `PREFIX*` takes all of the caller's that begin so (podman-run(1)).
 */
export function readEnvironment(words: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals > 0) {
      env[word.slice(0, equals)] = word.slice(equals + 1);
    } else if (equals === 0 || word === '') {
      throw badValue('--env', word, 'a name is needed before "="');
    } else if (word.endsWith('*')) {
      for (const [name, value] of Object.entries(process.env)) {
        if (name.startsWith(word.slice(0, -1)) && value !== undefined) env[name] = value;
      }
    } else {
      const value = process.env[word];
      if (value !== undefined) env[word] = value;
    }
  }
  return env;
}

/** Names of /proc/self/limits for those of --ulimit. */
const limitLines: Readonly<Record<string, string>> = {
  'Max core file size': 'core',
  'Max cpu time': 'cpu',
  'Max data size': 'data',
  'Max file size': 'fsize',
  'Max file locks': 'locks',
  'Max locked memory': 'memlock',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max open files': 'nofile',
  'Max processes': 'nproc',
  'Max resident set': 'rss',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
  'Max pending signals': 'sigpending',
  'Max stack size': 'stack',
};

/** The caller's own limits (proc(5)). */
function callersLimits(): UlimitRequest[] {
  const limit = (word: string | undefined): number =>
    word === undefined || word === 'unlimited' ? -1 : Number(word);
  return readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const name = limitLines[line.slice(0, 26).trim()];
      const [soft, hard] = line.slice(26).trim().split(/\s+/);
      return name === undefined ? [] : [{ name, soft: limit(soft), hard: limit(hard) }];
    });
}

/** `NAME=SOFT[:HARD]`; -1 and `unlimited` mean no limit. `host`: all of the caller's. */
export function readUlimit(text: string): UlimitRequest[] {
  if (text === 'host') return callersLimits();
  const [, name, soft, hard] =
    /^([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw badValue('--ulimit', text, 'NAME=SOFT[:HARD] is needed');
  }
  const known =
    'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack';
  if (!known.split(' ').includes(name)) {
    throw badValue('--ulimit', text, `there is no limit named ${name}`);
  }
  const limit = (word: string): number => (word === 'unlimited' ? -1 : Number(word));
  const request = { name, soft: limit(soft), hard: limit(hard ?? soft) };
  if (request.hard >= 0 && (request.soft < 0 || request.soft > request.hard)) {
    throw badValue('--ulimit', text, 'the soft limit exceeds the hard limit');
  }
  return [request];
}
