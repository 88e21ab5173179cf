import { Refusal } from './errors.ts';

/** White space that parts words, as in Go's regular expression of BuildKit's parser. */
const whiteSpace = /[\t\v\f\r ]+/;

/** Words parted by white space, whatever quotes there are. */
export function plainWords(text: string): string[] {
  return text.split(whiteSpace).filter((word) => word !== '');
}

/** The first word, and the rest of the text without white space around it. */
export function splitFirst(text: string): [first: string, rest: string] {
  const trimmed = text.trim();
  const [, first = '', rest = ''] = /^([^\t\v\f\r ]+)[\t\v\f\r ]*([\s\S]*)$/.exec(trimmed) ?? [];
  return [first, rest];
}

/**
 * Words of which quotes keep white space together. The quotes stay, and so do escape characters: words
 * are expanded later.
 */
export function quotedWords(text: string, escapeToken: string): string[] {
  const words: string[] = [];
  let start = -1;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at] ?? '';
    if (quote === '' && /\s/.test(one)) {
      if (start >= 0) words.push(text.slice(start, at));
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (one === escapeToken && quote !== "'") at += 1;
    else if (quote === '' ? one === '"' || one === "'" : one === quote) {
      quote = quote === '' ? one : '';
    }
  }
  if (start >= 0) words.push(text.slice(start));
  // An escape character at the very end means nothing.
  return words.map((word, at) =>
    at === words.length - 1 ? withoutLoneEscape(word, escapeToken) : word,
  );
}

function withoutLoneEscape(word: string, escapeToken: string): string {
  let count = 0;
  while (word[word.length - 1 - count] === escapeToken) count += 1;
  return count % 2 === 1 ? word.slice(0, -1) : word;
}

/** Flags at the beginning of an instruction's arguments (`--name=value`), and what follows them. */
export function splitFlags(text: string, escapeToken: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at += 1;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at).trim() };
    let word = '';
    let quote = '';
    for (; at < text.length; at += 1) {
      const one = text[at] ?? '';
      if (quote === '' && /\s/.test(one)) break;
      if (one === escapeToken) {
        at += 1;
        word += text[at] ?? '';
      } else if (quote === '' && (one === '"' || one === "'")) quote = one;
      else if (one === quote) quote = '';
      else word += one;
    }
    if (word === '--') return { flags, rest: text.slice(at).trim() };
    flags.push(word);
  }
}

/**
 * The exec form: a JSON list of texts. Null: it is none, and the text is for a shell. Throws Refusal for a
 * list with something else in it.
 */
export function jsonWords(text: string): string[] | null {
  const trimmed = text.trimStart();
  if (!trimmed.startsWith('[')) return null;
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    return null;
  }
  if (!Array.isArray(value)) return null;
  if (!value.every((word) => typeof word === 'string')) {
    throw new Refusal('when using JSON array syntax, arrays must be comprised of strings only');
  }
  return value;
}
