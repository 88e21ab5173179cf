import { TemplateError } from './syntax.ts';

/** A piece of a template: text, or the words of an `{{action}}`. */
export type Piece = { kind: 'text'; text: string } | { kind: 'action'; words: string[] };

const word =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.[^']*)'|:=|[|(),=]|\$\w*(?:\.\w+)*|(?:\.\w+)+|\.|[+-]?(?:0[xX][\da-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?)|\w+/suy;

interface Action {
  words: string[];
  /** Where the text after `}}` begins. */
  end: number;
  trimAfter: boolean;
}

/** Reads an action from `start`, which is behind its `{{`. */
function readAction(template: string, start: number): Action {
  const words: string[] = [];
  let at = start;
  while (at < template.length) {
    if (template.startsWith('}}', at)) return { words, end: at + 2, trimAfter: false };
    if (/^\s-\}\}/.test(template.slice(at, at + 4))) return { words, end: at + 4, trimAfter: true };
    word.lastIndex = at;
    let found = word.exec(template)?.[0];
    if (found === undefined) {
      throw new TemplateError(`unexpected ${JSON.stringify(template.slice(at, at + 10))}`);
    }
    // The last white space may belong to the trim marker.
    if (/\s/.test(found) && template.startsWith('-}}', at + found.length)) found = found.slice(1);
    if (found === '') {
      at += 1;
      continue;
    }
    at += found.length;
    if (found.trim() !== '') words.push(found);
    // ")" directly followed by ".Field" selects from the parenthesis' result.
    if (found === ')' && template[at] === '.') words.push('.)');
  }
  throw new TemplateError('an action is not closed with }}');
}

/** A comment fills its action: the text after it begins at `end`. */
function readComment(template: string, start: number): Action {
  const close = template.indexOf('*/', start);
  const [, marker] = /^(\s-)?\}\}/.exec(template.slice(close + 2)) ?? [];
  const ended = close >= 0 && /^(\s-)?\}\}/.test(template.slice(close + 2));
  if (!ended) throw new TemplateError('a comment does not end with */}}');
  const trimAfter = marker !== undefined;
  return { words: [], end: close + (trimAfter ? 6 : 4), trimAfter };
}

/** Splits a template at its actions; `{{-` and `-}}` take white space away. */
export function splitTemplate(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  for (;;) {
    const open = template.indexOf('{{', at);
    let text = template.slice(at, open < 0 ? undefined : open);
    if (trimNext) text = text.trimStart();
    let start = open + 2;
    if (open >= 0 && /^-\s/.test(template.slice(start, start + 2))) {
      text = text.trimEnd();
      start += 1;
    }
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open < 0) return pieces;
    const isComment = /^\s?\/\*/.test(template.slice(start, start + 3));
    const action = isComment ? readComment(template, start) : readAction(template, start);
    if (!isComment) pieces.push({ kind: 'action', words: action.words });
    at = action.end;
    trimNext = action.trimAfter;
  }
}
