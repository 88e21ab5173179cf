import { Refusal } from './errors.ts';
import { replace, trimPrefix, trimSuffix } from './shell-pattern.ts';

/** The value of a variable; undefined: it is not set. */
export type Variables = (name: string) => string | undefined;

/** How words are read beside that variables are replaced. */
export interface ExpansionChoices {
  /** The character that takes the meaning of the next one. */
  escapeToken: string;
  /** Quotes stay in the result. */
  rawQuotes?: boolean;
  /** Escape characters stay in the result. */
  rawEscapes?: boolean;
  /** Quotes mean nothing: the text of a here-document. */
  ignoreQuotes?: boolean;
  /** A reference to a variable that is not set stays as it is. */
  keepUnset?: boolean;
  /** Told of each name that is not set. */
  onUnset?: (name: string) => void;
}

/** Words put together from pieces: white space of values ends a word, quoted white space does not. */
class Words {
  readonly done: string[] = [];
  #word: string | null = null;

  character(one: string): void {
    if (/\s/.test(one)) this.end();
    else this.raw(one);
  }
  raw(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }
  text(text: string): void {
    for (const one of text) this.character(one);
  }
  end(): void {
    if (this.#word !== null && this.#word !== '') this.done.push(this.#word);
    this.#word = null;
  }
}

const specialParameters = '@*#?-$!';
/** Names nest in words of `${name:-word}`; nobody needs so many. */
const depthLimit = 50;

/** Reads a text once, from its beginning to its end. */
class Reader {
  readonly #characters: string[];
  readonly #variables: Variables;
  readonly #choices: ExpansionChoices;
  #at = 0;
  #depth = 0;

  constructor(text: string, variables: Variables, choices: ExpansionChoices) {
    this.#characters = [...text];
    this.#variables = variables;
    this.#choices = choices;
  }

  #peek(): string {
    return this.#characters[this.#at] ?? '';
  }

  #next(): string {
    const one = this.#peek();
    this.#at += 1;
    return one;
  }

  get #ended(): boolean {
    return this.#at >= this.#characters.length;
  }

  /** Reads up to a character, which is taken, or to the end (empty `stop`). */
  read(stop: string, rawEscapes: boolean): { text: string; words: string[] } {
    this.#depth += 1;
    if (this.#depth > depthLimit) throw new Refusal('substitutions are nested too deeply');
    const { escapeToken, ignoreQuotes } = this.#choices;
    const words = new Words();
    // Pieces are joined once: a line may have a million characters.
    const pieces: string[] = [];
    while (!this.#ended) {
      const one = this.#peek();
      if (stop !== '' && one === stop) {
        this.#at += 1;
        this.#depth -= 1;
        words.end();
        return { text: pieces.join(''), words: words.done };
      }
      if (one === '$') {
        const value = this.#dollar(rawEscapes);
        pieces.push(value);
        words.text(value);
      } else if ((one === "'" || one === '"') && ignoreQuotes !== true) {
        const value = one === "'" ? this.#single() : this.#double(rawEscapes);
        pieces.push(value);
        words.raw(value);
      } else if (one === '<' && this.#characters[this.#at + 1] === '<') {
        const value = this.#documentMark();
        pieces.push(value);
        words.raw(value);
      } else if (this.#next() === escapeToken) {
        if (rawEscapes) {
          pieces.push(one);
          words.raw(one);
        }
        if (this.#ended) break;
        const escaped = this.#next();
        pieces.push(escaped);
        words.raw(escaped);
      } else {
        pieces.push(one);
        words.character(one);
      }
    }
    if (stop !== '') {
      throw new Refusal(
        stop === '}'
          ? "syntax error: missing '}'"
          : `unexpected end of statement while looking for matching ${stop}`,
      );
    }
    this.#depth -= 1;
    words.end();
    return { text: pieces.join(''), words: words.done };
  }

  /** `<<` with the white space behind it, which does not part it from the word of a here-document. */
  #documentMark(): string {
    this.#at += 2;
    let space = '';
    while ([' ', '\t', '\r'].includes(this.#peek())) space += this.#next();
    return `<<${space}`;
  }

  #single(): string {
    this.#at += 1;
    const end = this.#characters.indexOf("'", this.#at);
    if (end < 0) {
      throw new Refusal('unexpected end of statement while looking for matching single-quote');
    }
    const text = this.#characters.slice(this.#at, end).join('');
    this.#at = end + 1;
    return this.#choices.rawQuotes ? `'${text}'` : text;
  }

  #double(rawEscapes: boolean): string {
    const { escapeToken, rawQuotes } = this.#choices;
    this.#at += 1;
    const pieces: string[] = [];
    while (!this.#ended) {
      const one = this.#peek();
      if (one === '$') {
        pieces.push(this.#dollar(rawEscapes));
        continue;
      }
      this.#at += 1;
      if (one === '"') return rawQuotes ? `"${pieces.join('')}"` : pieces.join('');
      if (one !== escapeToken) {
        pieces.push(one);
        continue;
      }
      if (rawEscapes) pieces.push(one);
      if (this.#ended) break;
      pieces.push(['"', '$', escapeToken].includes(this.#peek()) ? this.#next() : one);
    }
    throw new Refusal('unexpected end of statement while looking for matching double-quote');
  }

  #name(): string {
    const first = this.#peek();
    if (first !== '' && specialParameters.includes(first)) return this.#next();
    const part = /\d/.test(first) ? /^\d$/ : /^[\p{L}\p{Nd}_]$/u;
    let name = '';
    while (part.test(this.#peek())) name += this.#next();
    return name;
  }

  #valueOf(name: string): string | undefined {
    const value = this.#variables(name);
    if (value === undefined) this.#choices.onUnset?.(name);
    return value;
  }

  #dollar(rawEscapes: boolean): string {
    this.#at += 1;
    const keep = this.#choices.keepUnset === true;
    if (this.#peek() !== '{') {
      const name = this.#name();
      if (name === '') return '$';
      return this.#valueOf(name) ?? (keep ? `$${name}` : '');
    }
    this.#at += 1;
    if (this.#ended) throw new Refusal("syntax error: missing '}'");
    if (['{', '}', ':'].includes(this.#peek())) {
      throw new Refusal('syntax error: bad substitution');
    }
    const name = this.#name();
    const operator = this.#next();
    if (operator === '}') return this.#valueOf(name) ?? (keep ? `\${${name}}` : '');
    if (operator === '/') return this.#replaced(name, keep);
    const colon = operator === ':';
    const kind = colon ? this.#next() : operator;
    const isPattern = kind === '#' || kind === '%';
    if (!['+', '-', '?', '#', '%'].includes(kind) || (colon && isPattern)) {
      if (kind === '') throw new Refusal("syntax error: missing '}'");
      throw new Refusal(`unsupported modifier (${colon ? ':' : ''}${kind}) in substitution`);
    }
    const { text: word } = this.read('}', isPattern || rawEscapes);
    const value = this.#valueOf(name);
    if (value === undefined && keep) return `\${${name}${colon ? ':' : ''}${kind}${word}}`;
    const isSet = colon ? Boolean(value) : value !== undefined;
    switch (kind) {
      case '-':
        return isSet ? (value ?? '') : word;
      case '+':
        return isSet ? word : '';
      case '?': {
        const state = value === undefined ? 'unset' : 'empty';
        if (!isSet) throw new Refusal(`${name}: ${word || `is not allowed to be ${state}`}`);
        return value ?? '';
      }
      default: {
        const greedy = word.startsWith(kind);
        const pattern = greedy ? word.slice(1) : word;
        return (kind === '#' ? trimPrefix : trimSuffix)(pattern, value ?? '', greedy);
      }
    }
  }

  #replaced(name: string, keep: boolean): string {
    const all = this.#peek() === '/';
    if (all) this.#at += 1;
    const { text: pattern } = this.read('/', true);
    const { text: by } = this.read('}', true);
    const value = this.#valueOf(name);
    if (value === undefined && keep) return `\${${name}/${all ? '/' : ''}${pattern}/${by}}`;
    return replace(pattern, value ?? '', by, all);
  }
}

/**
 * A word with its variables replaced and its quotes gone (Dockerfile reference, "Environment
 * replacement"). Throws Refusal.
 */
export function expandWord(text: string, variables: Variables, choices: ExpansionChoices): string {
  return new Reader(text, variables, choices).read('', choices.rawEscapes === true).text;
}

/** The words of a text, split after their variables were replaced. Throws Refusal. */
export function expandWords(
  text: string,
  variables: Variables,
  choices: ExpansionChoices,
): string[] {
  return new Reader(text, variables, choices).read('', choices.rawEscapes === true).words;
}
