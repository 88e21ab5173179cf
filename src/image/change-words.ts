/** The value of a variable; undefined: it is not set. */
export type Variables = (name: string) => string | undefined;

const reference = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])([^}]*))?\})/y;

/** The value of a reference to a variable at this place, and its length; null: there is none. */
function readReference(text: string, at: number, variables: Variables) {
  reference.lastIndex = at;
  const [all, plain, braced, operator, word = ''] = reference.exec(text) ?? [];
  if (all === undefined) return null;
  const value = variables(plain ?? braced ?? '');
  const isSet = operator?.startsWith(':') === true ? Boolean(value) : value !== undefined;
  const length = all.length;
  if (operator?.endsWith('-') === true) return { value: isSet ? (value ?? '') : word, length };
  if (operator?.endsWith('+') === true) return { value: isSet ? word : '', length };
  return { value: value ?? '', length };
}

/**
 * A text with the values of its variables: `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` as in
 * a Containerfile. A backslash before the dollar leaves it as it is.
 */
export function expandVariables(text: string, variables: Variables): string {
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    const found = readReference(text, at, variables);
    if (found === null) {
      if (text.startsWith('\\$', at)) at += 1;
      result += text.charAt(at);
    } else {
      result += found.value;
      at += found.length - 1;
    }
  }
  return result;
}

/**
 * Splits as an instruction of a Containerfile: at white space outside of quotes, which go; a backslash
 * takes the meaning from the character behind it, and variables have their values outside of single
 * quotes. Null: a quote is not closed.
 */
function splitWords(text: string, variables: Variables): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const found = quote === "'" ? null : readReference(text, at, variables);
    if (found !== null) {
      word = (word ?? '') + found.value;
      at += found.length - 1;
    } else if (char === '\\' && quote !== "'" && at + 1 < text.length) {
      at += 1;
      const next = text.charAt(at);
      const plain = quote === '"' && next !== '"' && next !== '\\' && next !== '$';
      word = (word ?? '') + (plain ? char : '') + next;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== '') return null;
  return word === null ? words : [...words, word];
}

function pairOf(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** A double-quoted text without its quotes. */
function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1');
}

/**
 * The pairs of `ENV` or `LABEL`: `A=1 B="two words"` as in a Containerfile. What cannot be read so has
 * one key, up to the first `=` or else white space, and the rest of the line as its value (`A=1 2`, `A 1 2`).
 */
export function changePairs(text: string, variables: Variables): (readonly [string, string])[] {
  const words = splitWords(text, variables);
  if (words !== null && words.length > 0 && words.every((word) => word.indexOf('=') > 0)) {
    return words.map(pairOf);
  }
  const [, key = '', value = ''] = /^([^=\s]*)(?:[=\s]\s*(.*))?$/s.exec(text) ?? [];
  return [[key, unquoted(expandVariables(value, variables))]];
}

/** The exec form: a JSON array of texts. Null: it is none. */
export function jsonWords(text: string): string[] | null {
  if (!text.startsWith('[')) return null;
  try {
    const words: unknown = JSON.parse(text);
    const sound = Array.isArray(words) && words.every((word) => typeof word === 'string');
    return sound ? words : null;
  } catch {
    return null;
  }
}
