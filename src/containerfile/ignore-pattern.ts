import { Refusal } from './errors.ts';

/**
 * A piece of a pattern, as moby/patternmatcher reads it: a character, any but a slash (`?`), any number of those
 * (`*`), directories (`**` with a slash behind it, also none of them), everything (`**` at the end), or a set.
 */
type Piece =
  | { kind: 'character'; one: string }
  | { kind: 'any' | 'some' | 'directories' | 'everything' }
  | { kind: 'set'; negated: boolean; ranges: [number, number][] };

function code(one: string): number {
  return one.codePointAt(0) ?? 0;
}

/** Reads a set (`[a-z]`, `[^x]`); gives the index behind it. */
function readSet(characters: readonly string[], start: number): [Piece, number] {
  let at = start + 1;
  const bad = () => new Refusal(`syntax error in pattern ${JSON.stringify(characters.join(''))}`);
  const negated = characters[at] === '^';
  if (negated) at += 1;
  const ranges: [number, number][] = [];
  const one = (): number => {
    let found = characters[at];
    if (found === '\\') {
      at += 1;
      found = characters[at];
    } else if (found === '-' || found === ']') throw bad();
    if (found === undefined) throw bad();
    at += 1;
    return code(found);
  };
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = one();
    let high = low;
    if (characters[at] === '-') {
      at += 1;
      high = one();
    }
    ranges.push([low, high]);
  }
  return [{ kind: 'set', negated, ranges }, at + 1];
}

function readPieces(pattern: string): Piece[] {
  const characters = [...pattern];
  const pieces: Piece[] = [];
  let at = 0;
  while (at < characters.length) {
    const one = characters[at] ?? '';
    if (one === '*' && characters[at + 1] === '*') {
      at += 2;
      if (characters[at] === '/') at += 1;
      pieces.push({ kind: at >= characters.length ? 'everything' : 'directories' });
    } else if (one === '*' || one === '?') {
      pieces.push({ kind: one === '*' ? 'some' : 'any' });
      at += 1;
    } else if (one === '[') {
      const [set, next] = readSet(characters, at);
      pieces.push(set);
      at = next;
    } else {
      if (one === '\\') at += 1;
      const found = characters[at];
      if (found === undefined)
        throw new Refusal(`syntax error in pattern ${JSON.stringify(pattern)}`);
      pieces.push({ kind: 'character', one: found });
      at += 1;
    }
  }
  return pieces;
}

/** Tells whether a whole path fits. */
export type PathMatcher = (path: string) => boolean;

function fits(piece: Piece, one: string): boolean {
  switch (piece.kind) {
    case 'character':
      return piece.one === one;
    case 'any':
    case 'some':
      return one !== '/';
    case 'directories':
    case 'everything':
      return true;
    case 'set': {
      const value = code(one);
      return piece.ranges.some(([low, high]) => low <= value && value <= high) !== piece.negated;
    }
  }
}

/** Goes over a path once with all pieces that may come next: patterns are hostile, and so are paths. */
function matchPieces(pieces: readonly Piece[], path: string): boolean {
  let states = new Set<number>();
  const reach = (set: Set<number>, start: number): void => {
    // A piece that may stand for nothing is passed over as well.
    for (let state = start; !set.has(state); state += 1) {
      set.add(state);
      const kind = pieces[state]?.kind;
      if (kind !== 'some' && kind !== 'directories' && kind !== 'everything') return;
    }
  };
  /** `directories` goes on inside itself, and ends behind a slash. */
  const inside = new Set<number>();
  reach(states, 0);
  for (const one of path) {
    const next = new Set<number>();
    for (const state of inside) if (one === '/') reach(next, state + 1);
    for (const state of states) {
      const piece = pieces[state];
      if (piece === undefined || !fits(piece, one)) continue;
      if (piece.kind === 'directories') {
        inside.add(state);
        if (one === '/') reach(next, state + 1);
      } else reach(next, piece.kind === 'some' || piece.kind === 'everything' ? state : state + 1);
    }
    if (next.size === 0 && inside.size === 0) return false;
    states = next;
  }
  return states.has(pieces.length);
}

/**
 * A matcher of one pattern of an ignore file, cleaned and without `!`. Throws Refusal for a pattern that is none.
 *
 * Its rules are those of moby/patternmatcher, odd ones as well: `**` at the beginning of a text without other
 * wildcards fits any end (`**x` fits `axx`).
 */
export function pathMatcher(pattern: string): PathMatcher {
  const pieces = readPieces(pattern);
  const plain = (text: string): boolean => !/[*?[\]\\]/.test(text);
  if (plain(pattern)) return (path) => path === pattern;
  if (pattern === '**') return () => true;
  if (pattern.endsWith('/**') && plain(pattern.slice(0, -2))) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  if (pattern.startsWith('**') && plain(pattern.slice(2))) {
    const suffix = pattern.slice(2);
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  return (path) => matchPieces(pieces, path);
}
