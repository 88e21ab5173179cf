import { type Operand, type Pipeline, TemplateError } from './syntax.ts';

interface Cursor {
  words: readonly string[];
  at: number;
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The text of a quoted word, with Go's escapes. */
export function unquote(word: string): string {
  if (word.startsWith('`')) return word.slice(1, -1);
  return word
    .slice(1, -1)
    .replace(
      /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{3})|(.))/gis,
      (_all, x, u, long, octal, letter: string | undefined) => {
        const hex = x ?? u ?? long;
        if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
        if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
        return escapes[letter ?? ''] ?? letter ?? '';
      },
    );
}

function fieldPath(word: string): string[] {
  return word.split('.').slice(1).filter(Boolean);
}

function parseParenthesis(cursor: Cursor): Operand {
  const pipeline = parseUntil(cursor, ')');
  let path: string[] = [];
  if (cursor.words[cursor.at] === '.)') {
    path = fieldPath(cursor.words[cursor.at + 1] ?? '');
    cursor.at += 2;
  }
  return { kind: 'pipeline', pipeline, path };
}

function parseOperand(cursor: Cursor): Operand {
  const word = cursor.words[cursor.at] ?? '';
  cursor.at += 1;
  if (/^["`]/.test(word)) return { kind: 'literal', value: unquote(word) };
  if (word.startsWith("'")) return { kind: 'literal', value: unquote(word).codePointAt(0) ?? 0 };
  if (/^[+-]?\d/.test(word)) return { kind: 'literal', value: Number(word.replaceAll('_', '')) };
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  if (word === 'nil') return { kind: 'literal', value: null };
  if (word.startsWith('$')) {
    return { kind: 'field', variable: word.split('.')[0] ?? '$', path: fieldPath(word) };
  }
  if (word.startsWith('.')) return { kind: 'field', variable: null, path: fieldPath(word) };
  if (word === '(') return parseParenthesis(cursor);
  if (/^\w+$/.test(word)) return { kind: 'function', name: word };
  throw new TemplateError(`unexpected ${JSON.stringify(word)}`);
}

function parseVariables(cursor: Cursor): { variables: string[]; declares: boolean } {
  const assign = cursor.words.findIndex((word) => word === ':=' || word === '=');
  if (assign < cursor.at) return { variables: [], declares: false };
  const variables = cursor.words.slice(cursor.at, assign).filter((word) => word !== ',');
  if (!variables.every((name) => /^\$\w+$/.test(name)) || variables.length > 2) {
    throw new TemplateError('only variables can be assigned to');
  }
  cursor.at = assign + 1;
  return { variables, declares: cursor.words[assign] === ':=' };
}

function parseUntil(cursor: Cursor, end: string | null): Pipeline {
  const assigned = end === null ? parseVariables(cursor) : { variables: [], declares: false };
  const commands: Operand[][] = [[]];
  for (;;) {
    const word = cursor.words[cursor.at];
    if (word === undefined && end !== null) throw new TemplateError('a parenthesis is not closed');
    if (word === undefined || word === end) {
      cursor.at += 1;
      break;
    }
    if (word === '|') {
      cursor.at += 1;
      commands.push([]);
      continue;
    }
    commands.at(-1)?.push(parseOperand(cursor));
  }
  if (commands.some((command) => command.length === 0)) throw new TemplateError('missing value');
  return { ...assigned, commands };
}

/** Reads the words of an action as a pipeline. Throws TemplateError. */
export function parsePipeline(words: readonly string[]): Pipeline {
  return parseUntil({ words, at: 0 }, null);
}
