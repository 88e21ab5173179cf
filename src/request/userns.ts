import { resolve } from 'node:path';
import type { IdMapping } from '../base/id-map.ts';
import { innerId } from '../native/host-ids.ts';
import { badValue, readNumber, readPair } from './values.ts';

/** `--userns`, parsed (podman-run(1)). */
export type UsernsRequest =
  | { mode: 'host' }
  | { mode: 'keep-id'; uid: number | null; gid: number | null }
  /** Keep-id with the ids of the user that the container runs as; they are found at its creation. */
  | { mode: 'match'; ids: { uid: number; gid: number } | null }
  | { mode: 'nomap' }
  /** With ids of which it is said what they are; the others are chosen. */
  | { mode: 'auto'; size: number | null; uids: IdMapping[]; gids: IdMapping[] }
  | { mode: 'container'; container: string }
  | { mode: 'path'; path: string }
  | { mode: 'custom'; uids: IdMapping[]; gids: IdMapping[] };

/**
 * `CONTAINER:ID[:SIZE]` of --uidmap and --gidmap. ID counts from 0, which is the caller; `@ID` is
 * one of the host, that has to be the caller's or among the subordinate ids.
 */
export function readIdMapping(flag: string, kind: 'uids' | 'gids', text: string): IdMapping {
  if (/^[ug]*\+[ug]*|^[ug]+/.test(text)) {
    throw badValue(flag, text, 'mappings that extend others ("+", "u", "g") are not supported');
  }
  const [, containerId, host, id, size] = /^(\d+):(@?)(\d+)(?::(\d+))?$/.exec(text) ?? [];
  const mapping = {
    containerId: Number(containerId),
    hostId: Number(id),
    size: Number(size ?? 1),
  };
  const largest = 2 ** 32 - 2;
  const valid =
    containerId !== undefined &&
    mapping.size > 0 &&
    mapping.containerId + mapping.size <= largest &&
    mapping.hostId + mapping.size <= largest;
  if (!valid) throw badValue(flag, text, 'CONTAINER:ID:SIZE is needed');
  if (host !== '@') return mapping;
  const hostId = innerId(kind, mapping.hostId, mapping.size);
  if (hostId !== null) return { ...mapping, hostId };
  throw badValue(flag, text, "these ids of the host are not all the caller's own");
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

function readIdMappings(
  flag: string,
  kind: 'uids' | 'gids',
  words: readonly string[],
): IdMapping[] {
  const mappings = words.map((word) => readIdMapping(flag, kind, word));
  checkOverlap(flag, mappings);
  return mappings;
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
    const uids = readIdMappings('--uidmap', 'uids', uidmap);
    const gids = readIdMappings('--gidmap', 'gids', gidmap);
    const copy = (list: IdMapping[]): IdMapping[] => list.map((mapping) => ({ ...mapping }));
    return {
      mode: 'custom',
      uids: uids.length > 0 ? uids : copy(gids),
      gids: gids.length > 0 ? gids : copy(uids),
    };
  }
  return readUsernsMode(text ?? 'host');
}

/** The options behind the colon of a mode: `KEY=VALUE,…`, of which each is taken once. */
class ModeOptions {
  readonly #pairs: [string, string][];
  readonly #text: string;
  readonly #mode: string;

  constructor(text: string, mode: string, words: string | undefined) {
    this.#text = text;
    this.#mode = mode;
    this.#pairs = words === undefined ? [] : words.split(',').map(readPair);
  }

  all(key: string): string[] {
    const values = this.#pairs.filter(([name]) => name === key).map(([, value]) => value);
    this.#pairs.splice(0, this.#pairs.length, ...this.#pairs.filter(([name]) => name !== key));
    return values;
  }

  number(key: string, least: number): number | null {
    const [value, second] = this.all(key);
    if (second !== undefined) throw badValue('--userns', this.#text, `${key} is given twice`);
    return value === undefined ? null : readNumber(`--userns ${this.#mode}:${key}`, value, least);
  }

  mappings(key: string, kind: 'uids' | 'gids'): IdMapping[] {
    return readIdMappings(`--userns ${this.#mode}:${key}`, kind, this.all(key));
  }

  /** The request, when nothing is left that nobody has taken. */
  finish(request: UsernsRequest): UsernsRequest {
    const [unknown] = this.#pairs;
    if (unknown === undefined) return request;
    const name = JSON.stringify(unknown[0]);
    throw badValue('--userns', this.#text, `${this.#mode} has no option ${name}`);
  }
}

function readUsernsMode(text: string): UsernsRequest {
  const [, kind, rest = ''] = /^(container|ns):(.+)$/s.exec(text) ?? [];
  if (kind === 'container') return { mode: 'container', container: rest };
  if (kind === 'ns') return { mode: 'path', path: resolve(rest) };
  const [mode = '', words] = text.split(/:(.*)/s);
  const options = new ModeOptions(text, mode, words);
  switch (mode) {
    case '':
    case 'host':
      return options.finish({ mode: 'host' });
    case 'keep-id': {
      const ids = { uid: options.number('uid', 0), gid: options.number('gid', 0) };
      return options.finish({ mode, ...ids });
    }
    case 'match':
      return options.finish({ mode, ids: null });
    case 'nomap':
      return options.finish({ mode });
    case 'auto': {
      const size = options.number('size', 1);
      const uids = options.mappings('uidmapping', 'uids');
      const gids = options.mappings('gidmapping', 'gids');
      return options.finish({ mode, size, uids, gids });
    }
    default:
      throw badValue(
        '--userns',
        text,
        'host, keep-id, match, nomap, auto, container:NAME or ns:PATH is needed',
      );
  }
}
