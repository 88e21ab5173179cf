import { TemplateError } from './syntax.ts';

/** What a template is made of: text, and the words of each `{{action}}`. */
export type Piece = { kind: 'text'; text: string } | { kind: 'action'; words: string[] };

const word =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)'|:=|[|(),=]|\$[\w]*(?:\.\w+)*|(?:\.\w+)+|\.|-?\d+(?:\.\d+)?|\w+/uy;

function actionWords(action: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < action.length) {
    word.lastIndex = at;
    const found = word.exec(action)?.[0];
    if (found === undefined) {
      throw new TemplateError(
        `unexpected ${JSON.stringify(action.slice(at, at + 10))} in {{${action}}}`,
      );
    }
    at += found.length;
    if (found.trim() !== '') words.push(found);
    // ")" directly followed by ".Field" selects from the parenthesis' result.
    if (found === ')' && action[at] === '.') words.push('.)');
  }
  return words;
}

/** Splits a template at its actions; `{{-` and `-}}` take white space away. */
export function splitTemplate(template: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = template;
  let trimNext = false;
  for (;;) {
    const open = rest.indexOf('{{');
    let text = open < 0 ? rest : rest.slice(0, open);
    if (trimNext) text = text.trimStart();
    if (open < 0) {
      if (text !== '') pieces.push({ kind: 'text', text });
      return pieces;
    }
    rest = rest.slice(open + 2);
    if (/^-\s/.test(rest)) {
      text = text.trimEnd();
      rest = rest.slice(1);
    }
    if (text !== '') pieces.push({ kind: 'text', text });
    const close = rest.indexOf('}}');
    if (close < 0) throw new TemplateError('an action is not closed with }}');
    let action = rest.slice(0, close);
    rest = rest.slice(close + 2);
    trimNext = /\s-$/.test(action);
    if (trimNext) action = action.slice(0, -1);
    if (/^\s*\/\*.*\*\/\s*$/s.test(action)) continue;
    pieces.push({ kind: 'action', words: actionWords(action) });
  }
}
