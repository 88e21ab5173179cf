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

/**
 * Lengths of the beginnings of a text that a pattern matches: the shortest and the longest; null: none.
 * Goes over the text once with all parts that may come next, for patterns are hostile.
 */
function matchAt(parts: readonly Part[], text: readonly string[], from: number) {
  let shortest = -1;
  let longest = -1;
  let next = new Set<number>();
  const reach = (set: Set<number>, at: number): void => {
    set.add(at);
    const part = parts[at];
    if (typeof part === 'object' && part.any === 'many' && !set.has(at + 1)) reach(set, at + 1);
  };
  reach(next, 0);
  for (let at = from; next.size > 0; at += 1) {
    if (next.has(parts.length)) {
      longest = at - from;
      if (shortest < 0) shortest = longest;
    }
    const character = text[at];
    if (character === undefined) break;
    const after = new Set<number>();
    for (const state of next) {
      const part = parts[state];
      if (
        typeof part === 'string' ? part === character : part !== undefined && character !== '\n'
      ) {
        reach(after, typeof part === 'object' && part.any === 'many' ? state : state + 1);
      }
    }
    next = after;
  }
  return longest < 0 ? null : { shortest, longest };
}

function reversed(parts: readonly Part[]): Part[] {
  return [...parts].reverse();
}

/** `${name#pattern}` and, greedy, `${name##pattern}`. */
export function trimPrefix(pattern: string, value: string, greedy: boolean): string {
  const text = [...value];
  const found = matchAt(partsOf(pattern), text, 0);
  if (found === null) return value;
  return text.slice(greedy ? found.longest : found.shortest).join('');
}

/** `${name%pattern}` and, greedy, `${name%%pattern}`. */
export function trimSuffix(pattern: string, value: string, greedy: boolean): string {
  const text = [...value].reverse();
  const found = matchAt(reversed(partsOf(pattern)), text, 0);
  if (found === null) return value;
  return text
    .slice(greedy ? found.longest : found.shortest)
    .reverse()
    .join('');
}

/** `${name/pattern/replacement}` and, for all places, `${name//pattern/replacement}`. */
export function replace(pattern: string, value: string, by: string, all: boolean): string {
  const parts = partsOf(pattern);
  const text = [...value];
  let result = '';
  let done = false;
  for (let at = 0; at <= text.length; at += 1) {
    const found = done ? null : matchAt(parts, text, at);
    if (found === null) {
      result += text[at] ?? '';
      continue;
    }
    result += by;
    done = !all;
    if (found.longest === 0) result += text[at] ?? '';
    else at += found.longest - 1;
  }
  return result;
}
