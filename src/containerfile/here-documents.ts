import { Refusal } from './errors.ts';
import { expandWords } from './expansion.ts';
import type { HereDocument } from './instructions.ts';

/** The beginning of a here-document, as it stands in a line. */
export interface DocumentMark {
  name: string;
  expand: boolean;
  /** `<<-`: leading tabs go. */
  chomp: boolean;
}

const none = () => undefined;
const escapeToken = '\\';

function quotes(text: string): number {
  return text.replace(/[^'"]/g, '').length;
}

/** The here-document that a word begins (`<<EOF`, `<<-"EOF"`, `3<<EOF`); null: it begins none. */
export function documentMark(word: string): DocumentMark | null {
  const [, chomp, rest = ''] = /^\d*<<(-?)([^<]*)$/s.exec(word) ?? [];
  if (rest === '') return null;
  const plain = expandWords(rest, none, { escapeToken, keepUnset: true });
  const raw = expandWords(rest, none, { escapeToken, keepUnset: true, rawQuotes: true });
  const [name] = plain;
  if (name === undefined || plain.length !== 1) return null;
  return { name, expand: quotes(name) === quotes(raw[0] ?? ''), chomp: chomp === '-' };
}

/** The here-documents that a line begins, in order. Throws Refusal. */
export function documentMarks(line: string): DocumentMark[] {
  if (!line.includes('<<')) return [];
  let words: string[];
  try {
    const choices = { escapeToken, rawQuotes: true, rawEscapes: true, keepUnset: true };
    words = expandWords(line, none, choices);
  } catch (error) {
    // Quotes of a shell's may do what those of a Containerfile must not.
    if (error instanceof Refusal) return [];
    throw error;
  }
  return words.flatMap((word) => documentMark(word) ?? []);
}

/** A line without its end. Not by a regular expression, which a million carriage returns would slow down. */
export function bare(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === '\n' || line[end - 1] === '\r')) end -= 1;
  return line.slice(0, end);
}

/** Takes the lines of a document up to its end out of `next`, which is null behind the last line. */
export function readDocument(mark: DocumentMark, next: () => string | null): HereDocument {
  const lines: string[] = [];
  for (;;) {
    const line = next();
    if (line === null) throw new Refusal(`unterminated heredoc: no line ${mark.name} ends it`);
    const text = bare(line);
    if ((mark.chomp ? text.replace(/^\t+/, '') : text) === mark.name) break;
    lines.push(mark.chomp ? line.replace(/^\t+/, '') : line);
  }
  return { name: mark.name, content: lines.join(''), expand: mark.expand };
}
