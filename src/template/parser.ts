import { type Piece, splitTemplate } from './lexer.ts';
import { parsePipeline, unquote } from './pipeline.ts';
import { type Definitions, type Pipeline, TemplateError, type TemplateNode } from './syntax.ts';

interface List {
  nodes: TemplateNode[];
  /** Words of the `else` or `end` that it ends with; null: the template's end. */
  stop: readonly string[] | null;
}

class Parser {
  readonly #pieces: Piece[];
  readonly #definitions: Definitions = new Map();
  #at = 0;
  #ranges = 0;

  constructor(pieces: Piece[]) {
    this.#pieces = pieces;
  }

  parseList(): List {
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
        const node = this.#parseAction(piece.words);
        if (node !== null) nodes.push(node);
      }
    }
  }

  #parseAction(words: readonly string[]): TemplateNode | null {
    const [keyword, ...rest] = words;
    switch (keyword) {
      case undefined:
        throw new TemplateError('an action is empty');
      case 'if':
      case 'with':
        return this.#parseBranches(keyword, rest);
      case 'range':
        return this.#parseRange(rest);
      case 'break':
      case 'continue':
        if (this.#ranges === 0) throw new TemplateError(`{{${keyword}}} outside {{range}}`);
        return { kind: 'leave', how: keyword };
      case 'define':
        this.#definitions.set(this.#name(rest, 'define'), this.#parseBody('define'));
        return null;
      case 'block':
        return this.#parseBlock(rest);
      case 'template':
        return this.#call(this.#name(rest, 'template'), rest);
      default:
        return { kind: 'output', pipeline: parsePipeline(words) };
    }
  }

  #name(words: readonly string[], keyword: string): string {
    const [word = ''] = words;
    if (!/^["`]/.test(word)) throw new TemplateError(`{{${keyword}}} needs a name in quotes`);
    return unquote(word);
  }

  #call(name: string, words: readonly string[]): TemplateNode {
    const pipeline = words.length > 1 ? parsePipeline(words.slice(1)) : null;
    return { kind: 'call', name, pipeline, definitions: this.#definitions };
  }

  #parseBody(keyword: string): TemplateNode[] {
    const { nodes, stop } = this.parseList();
    this.#expectEnd(stop, keyword);
    return nodes;
  }

  #parseBlock(words: readonly string[]): TemplateNode {
    const name = this.#name(words, 'block');
    const body = this.#parseBody('block');
    if (!this.#definitions.has(name)) this.#definitions.set(name, body);
    return this.#call(name, words);
  }

  #parseRange(words: readonly string[]): TemplateNode {
    const pipeline = parsePipeline(words);
    this.#ranges += 1;
    const body = this.parseList();
    this.#ranges -= 1;
    const otherwise = body.stop?.[0] === 'else' ? this.parseList() : null;
    this.#expectEnd(otherwise === null ? body.stop : otherwise.stop, 'range');
    return { kind: 'range', pipeline, body: body.nodes, otherwise: otherwise?.nodes ?? [] };
  }

  #parseBranches(keyword: 'if' | 'with', words: readonly string[]): TemplateNode {
    const branches: { condition: Pipeline; body: TemplateNode[] }[] = [];
    let condition = parsePipeline(words);
    for (;;) {
      const { nodes, stop } = this.parseList();
      branches.push({ condition, body: nodes });
      if (stop?.[0] === 'else' && stop[1] === keyword) {
        condition = parsePipeline(stop.slice(2));
        continue;
      }
      if (stop?.[0] !== 'else') {
        this.#expectEnd(stop, keyword);
        return { kind: keyword, branches, otherwise: [] };
      }
      if (stop.length > 1) throw new TemplateError(`unexpected ${stop[1]} after else`);
      return { kind: keyword, branches, otherwise: this.#parseBody(keyword) };
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
