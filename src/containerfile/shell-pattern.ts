import { Refusal } from './errors.ts';

/** A part of a pattern of `${name#pattern}`: a character, any one (`?`), or any number of them (`*`). */
type Part = string | { any: 'one' | 'many' };

/** Throws Refusal for a backslash before what needs none. */
function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const one = characters[at] ?? '';
    if (one === '*') {
      const last = parts.at(-1);
      if (typeof last !== 'object' || last.any !== 'many') parts.push({ any: 'many' });
    } else if (one === '?') parts.push({ any: 'one' });
    else if (one !== '\\') parts.push(one);
    else {
      at += 1;
      const next = characters[at] ?? '';
      if (!['*', '?', '\\', '}', '/'].includes(next)) {
        throw new Refusal(
          `invalid pattern (${pattern}) in substitution: invalid escape '\\${next}'`,
        );
      }
      parts.push(next);
    }
  }
  return parts;
}

/** Characters of a text times parts of a pattern: more is no substitution but an attack. */
const mostWork = 1 << 28;

function isMany(part: Part | undefined): boolean {
  return typeof part === 'object' && part.any === 'many';
}

/**
 * For each place of a text the end of what a pattern matches there: the nearest or the furthest; -1: nothing. Goes
 * over the text once, from its end, whatever the pattern is: both are hostile. Throws Refusal for too much of it.
 */
function matchEnds(
  parts: readonly Part[],
  text: readonly string[],
  wanted: 'nearest' | 'furthest',
): Int32Array {
  if (parts.length * text.length > mostWork) {
    throw new Refusal(
      'a pattern in a substitution is too long for the value that it is applied to',
    );
  }
  const ends = new Int32Array(text.length + 1);
  const better = (one: number, other: number): number => {
    if (one < 0 || other < 0) return Math.max(one, other);
    return wanted === 'nearest' ? Math.min(one, other) : Math.max(one, other);
  };
  // Of each part on: the end of what it and those behind it match at the place, and at the one behind that.
  let here = new Int32Array(parts.length + 1);
  let behind = new Int32Array(parts.length + 1).fill(-1);
  for (let at = text.length; at >= 0; at -= 1) {
    const one = text[at];
    here[parts.length] = at;
    for (let state = parts.length - 1; state >= 0; state -= 1) {
      const part = parts[state];
      const takes = one !== undefined && (typeof part === 'string' ? part === one : one !== '\n');
      if (isMany(part)) {
        const further = takes ? (behind[state] ?? -1) : -1;
        here[state] = better(here[state + 1] ?? -1, further);
      } else here[state] = takes ? (behind[state + 1] ?? -1) : -1;
    }
    ends[at] = here[0] ?? -1;
    [here, behind] = [behind, here];
  }
  return ends;
}

/** The length of the beginning of a text that a pattern matches; -1: none. */
function matchLength(parts: readonly Part[], text: readonly string[], greedy: boolean): number {
  // A pattern without `*` matches as many characters as it has parts.
  const looked = parts.some(isMany) ? text : text.slice(0, parts.length);
  return matchEnds(parts, looked, greedy ? 'furthest' : 'nearest')[0] ?? -1;
}

/** `${name#pattern}` and, greedy, `${name##pattern}`. */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const text = [...value];
  const length = matchLength(partsOf(pattern), text, greedy);
  return length < 0 ? value : text.slice(length).join('');
}

/** `${name%pattern}` and, greedy, `${name%%pattern}`. */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  const text = [...value];
  const length = matchLength(partsOf(pattern).reverse(), [...text].reverse(), greedy);
  return length < 0 ? value : text.slice(0, text.length - length).join('');
}

/** `${name/pattern/replacement}` and, for all places, `${name//pattern/replacement}`. */
export function replace(pattern: string, value: string, by: string, all: boolean): string {
  const text = [...value];
  const ends = matchEnds(partsOf(pattern), text, 'furthest');
  const pieces: string[] = [];
  let done = false;
  for (let at = 0; at <= text.length; at += 1) {
    const end = done ? -1 : (ends[at] ?? -1);
    if (end >= 0) {
      pieces.push(by);
      done = !all;
    }
    if (end > at) at = end - 1;
    else pieces.push(text[at] ?? '');
  }
  return pieces.join('');
}
