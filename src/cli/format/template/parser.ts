import { type Piece, splitTemplate } from './lexer.ts';
import { type Operand, type Pipeline, TemplateError, type TemplateNode } from './syntax.ts';

interface Words {
  words: readonly string[];
  at: number;
}

function unquote(word: string): string {
  if (word.startsWith('`')) return word.slice(1, -1);
  const escapes: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    '"': '"',
    "'": "'",
  };
  return word.slice(1, -1).replace(/\\(.)/g, (all, letter: string) => escapes[letter] ?? all);
}

function fieldPath(word: string): string[] {
  return word.split('.').slice(1).filter(Boolean);
}

function parseOperand(cursor: Words): Operand {
  const word = cursor.words[cursor.at] ?? '';
  cursor.at += 1;
  if (/^["`']/.test(word)) return { kind: 'literal', value: unquote(word) };
  if (/^-?\d/.test(word)) return { kind: 'literal', value: Number(word) };
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' };
  if (word === 'nil') return { kind: 'literal', value: null };
  if (word.startsWith('$')) {
    return { kind: 'field', variable: word.split('.')[0] ?? '$', path: fieldPath(word) };
  }
  if (word.startsWith('.')) return { kind: 'field', variable: null, path: fieldPath(word) };
  if (word === '(') {
    const pipeline = parsePipeline(cursor, ')');
    let path: string[] = [];
    if (cursor.words[cursor.at] === '.)') {
      path = fieldPath(cursor.words[cursor.at + 1] ?? '');
      cursor.at += 2;
    }
    return { kind: 'pipeline', pipeline, path };
  }
  if (/^\w+$/.test(word)) return { kind: 'function', name: word };
  throw new TemplateError(`unexpected ${JSON.stringify(word)}`);
}

function parseVariables(cursor: Words): string[] {
  const assign = cursor.words.findIndex((word) => word === ':=' || word === '=');
  if (assign < cursor.at) return [];
  const names = cursor.words.slice(cursor.at, assign).filter((word) => word !== ',');
  if (!names.every((name) => /^\$\w+$/.test(name)) || names.length > 2) {
    throw new TemplateError('only variables can be assigned to');
  }
  cursor.at = assign + 1;
  return names;
}

function parsePipeline(cursor: Words, end: string | null): Pipeline {
  const variables = end === null ? parseVariables(cursor) : [];
  const commands: Operand[][] = [[]];
  for (;;) {
    const word = cursor.words[cursor.at];
    if (word === undefined || word === end) {
      if (word === undefined && end !== null)
        throw new TemplateError('a parenthesis is not closed');
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
  return { variables, commands };
}

function pipelineOf(words: readonly string[]): Pipeline {
  return parsePipeline({ words, at: 0 }, null);
}

class Parser {
  readonly #pieces: Piece[];
  #at = 0;

  constructor(pieces: Piece[]) {
    this.#pieces = pieces;
  }

  /** Nodes up to an `else` or `end`, whose words are returned, too. */
  parseList(): { nodes: TemplateNode[]; stop: readonly string[] | null } {
    const nodes: TemplateNode[] = [];
    for (;;) {
      const piece = this.#pieces[this.#at];
      if (piece === undefined) return { nodes, stop: null };
      this.#at += 1;
      if (piece.kind === 'text') {
        nodes.push(piece);
      } else if (piece.words[0] === 'end' || piece.words[0] === 'else') {
        return { nodes, stop: piece.words };
      } else {
        nodes.push(this.#parseAction(piece.words));
      }
    }
  }

  #parseAction(words: readonly string[]): TemplateNode {
    const [keyword, ...rest] = words;
    switch (keyword) {
      case undefined:
        throw new TemplateError('an action is empty');
      case 'if':
        return this.#parseIf(rest);
      case 'range':
      case 'with': {
        const body = this.parseList();
        const otherwise = body.stop?.[0] === 'else' ? this.parseList() : null;
        this.#expectEnd(otherwise?.stop ?? body.stop, keyword);
        const pipeline = pipelineOf(rest);
        return { kind: keyword, pipeline, body: body.nodes, otherwise: otherwise?.nodes ?? [] };
      }
      default:
        return { kind: 'output', pipeline: pipelineOf(words) };
    }
  }

  #parseIf(words: readonly string[]): TemplateNode {
    const branches: { condition: Pipeline; body: TemplateNode[] }[] = [];
    let condition = pipelineOf(words);
    for (;;) {
      const { nodes, stop } = this.parseList();
      branches.push({ condition, body: nodes });
      if (stop?.[0] === 'else' && stop[1] === 'if') {
        condition = pipelineOf(stop.slice(2));
        continue;
      }
      if (stop?.[0] !== 'else') {
        this.#expectEnd(stop, 'if');
        return { kind: 'if', branches, otherwise: [] };
      }
      const last = this.parseList();
      this.#expectEnd(last.stop, 'if');
      return { kind: 'if', branches, otherwise: last.nodes };
    }
  }

  #expectEnd(stop: readonly string[] | null, keyword: string): void {
    if (stop?.[0] !== 'end') throw new TemplateError(`{{${keyword}}} lacks its {{end}}`);
  }
}

/** Reads a template. Throws TemplateError. */
export function parseTemplate(template: string): TemplateNode[] {
  const { nodes, stop } = new Parser(splitTemplate(template)).parseList();
  if (stop !== null) throw new TemplateError(`unexpected {{${stop.join(' ')}}}`);
  return nodes;
}
