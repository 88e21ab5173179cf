import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import type { IdMapping } from '../../base/id-map.ts';
import type { UlimitRequest, UsernsRequest } from '../../container/options.ts';

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

/** `CONTAINER:ID[:SIZE]` of --uidmap and --gidmap. */
export function readIdMapping(flag: string, text: string): IdMapping {
  const [, containerId, hostId, size] = /^(\d+):@?(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const mapping = {
    containerId: Number(containerId),
    hostId: Number(hostId),
    size: Number(size ?? 1),
  };
  const largest = 2 ** 32 - 2;
  const valid =
    containerId !== undefined &&
    mapping.size > 0 &&
    mapping.containerId + mapping.size <= largest &&
    mapping.hostId + mapping.size <= largest;
  if (!valid) throw badValue(flag, text, 'CONTAINER:ID:SIZE is needed');
  return mapping;
}

function checkOverlap(flag: string, mappings: readonly IdMapping[]): void {
  for (const side of ['containerId', 'hostId'] as const) {
    const sorted = [...mappings].sort((a, b) => a[side] - b[side]);
    for (const [index, mapping] of sorted.entries()) {
      const before = sorted[index - 1];
      if (before !== undefined && before[side] + before.size > mapping[side]) {
        throw badValue(
          flag,
          `${mapping.containerId}:${mapping.hostId}:${mapping.size}`,
          'overlaps another one',
        );
      }
    }
  }
  if (mappings.length > 340)
    throw badValue(flag, String(mappings.length), 'at most 340 are possible');
}

/** `--userns` together with --uidmap and --gidmap, of which one alone also holds for the other. */
export function readUserns(
  text: string | null,
  uidmap: readonly string[],
  gidmap: readonly string[],
): UsernsRequest {
  if (uidmap.length > 0 || gidmap.length > 0) {
    if (text !== null && text !== 'private') {
      throw badValue('--userns', text, 'it cannot be combined with --uidmap and --gidmap');
    }
    const uids = uidmap.map((word) => readIdMapping('--uidmap', word));
    const gids = gidmap.map((word) => readIdMapping('--gidmap', word));
    checkOverlap('--uidmap', uids);
    checkOverlap('--gidmap', gids);
    const copy = (list: IdMapping[]): IdMapping[] => list.map((mapping) => ({ ...mapping }));
    return {
      mode: 'custom',
      uids: uids.length > 0 ? uids : copy(gids),
      gids: gids.length > 0 ? gids : copy(uids),
    };
  }
  return readUsernsMode(text ?? 'host');
}

function readUsernsMode(text: string): UsernsRequest {
  const [, kind, rest = ''] = /^(container|ns):(.+)$/s.exec(text) ?? [];
  if (kind === 'container') return { mode: 'container', container: rest };
  if (kind === 'ns') return { mode: 'path', path: resolve(rest) };
  const [mode = '', words = ''] = text.split(/:(.*)/s);
  const options = new Map(words === '' ? [] : words.split(',').map(readPair));
  const number = (key: string): number | null => {
    const value = options.get(key);
    options.delete(key);
    return value === undefined ? null : readNumber(`--userns ${mode}:${key}`, value, 0);
  };
  const finish = (request: UsernsRequest): UsernsRequest => {
    const [unknown] = options.keys();
    if (unknown !== undefined) throw badValue('--userns', text, `there is no option ${unknown}`);
    return request;
  };
  switch (mode) {
    case '':
    case 'host':
      return finish({ mode: 'host' });
    case 'keep-id':
      return finish({ mode: 'keep-id', uid: number('uid'), gid: number('gid') });
    case 'nomap':
      return finish({ mode: 'nomap' });
    case 'auto':
      return finish({ mode: 'auto', size: number('size') });
    default:
      throw badValue(
        '--userns',
        text,
        'host, keep-id, nomap, auto, container:NAME or ns:PATH is needed',
      );
  }
}
