import { at, problem } from './errors.ts';
import { bare, documentMarks, readDocument } from './here-documents.ts';
import type { HereDocument, Place } from './instructions.ts';
import { jsonWords, splitFirst, splitFlags } from './words.ts';

/** An instruction as it stands in the file, before its words are read. */
export interface Statement {
  place: Place;
  /** The lines joined, without comments and continuation characters. */
  text: string;
  documents: HereDocument[];
  /** The comments right above it. */
  comments: string[];
  /** A line of white space stood between lines that are joined. */
  emptyContinuation: boolean;
}

/** Words of a file about itself, before its first instruction. */
export interface Directives {
  /** The character that continues a line, and takes the meaning of the next character. */
  escapeToken: string;
  /** `# check=…` as written; null: it does not say. */
  check: string | null;
  /** `# syntax=…`, which is not followed: no program is downloaded. */
  syntax: string | null;
}

/** A Containerfile, line by line. */
export interface Statements {
  directives: Directives;
  statements: Statement[];
}

const sizeLimit = 16 * 1024 * 1024;

/** The lines of a text with their ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

const directive = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(\S(?:.*\S)?)\s*$/;

/** Reads the directives; the number of lines that they take is where the instructions begin. */
function readDirectives(lines: readonly string[], file: string): [Directives, number] {
  const found = new Map<string, string>();
  let count = 0;
  for (const line of lines) {
    const [, key = '', value = ''] = directive.exec(bare(line).trimStart()) ?? [];
    const name = key.toLowerCase();
    if (!['escape', 'check', 'syntax'].includes(name)) break;
    count += 1;
    const where = { file, line: count };
    if (found.has(name)) {
      throw problem(where, line, `only one ${name} parser directive can be used`);
    }
    if (name === 'escape' && value !== '\\' && value !== '`') {
      throw problem(where, line, `invalid escape token '${value}' does not match \` or \\`);
    }
    found.set(name, value);
  }
  const directives = {
    escapeToken: found.get('escape') ?? '\\',
    check: found.get('check') ?? null,
    syntax: found.get('syntax') ?? null,
  };
  return [directives, count];
}

/** A line without its continuation character; undefined: it has none. */
function continued(line: string, escapeToken: string): string | undefined {
  const text = line.trimEnd();
  if (!text.endsWith(escapeToken)) return undefined;
  const before = text.slice(0, -1);
  return before.endsWith(escapeToken) ? undefined : before;
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

/** Instructions whose words may begin here-documents; ONBUILD has one of them behind it. */
function takesDocuments(text: string, escapeToken: string): boolean {
  let [first, rest] = splitFirst(text);
  if (first.toLowerCase() === 'onbuild') [first, rest] = splitFirst(rest);
  if (!['add', 'copy', 'run'].includes(first.toLowerCase())) return false;
  return jsonWords(splitFlags(rest, escapeToken).rest) === null;
}

/**
 * Takes a Containerfile apart into its instructions. `file` is its name for errors. Throws BryoError
 * `bad-containerfile`.
 */
export function readStatements(text: string, file: string): Statements {
  if (text.length > sizeLimit) {
    throw problem({ file, line: 1 }, null, 'it is larger than 16 MiB: that is no Containerfile');
  }
  const lines = linesOf(text.replace(/^\ufeff/, ''));
  const nul = lines.findIndex((line) => line.includes('\0'));
  if (nul >= 0) {
    throw problem({ file, line: nul + 1 }, null, 'it holds a NUL: that is no Containerfile');
  }
  const [directives, first] = readDirectives(lines, file);
  const { escapeToken } = directives;
  const statements: Statement[] = [];
  let next = first;
  let comments: string[] = [];
  const take = (): string | null => {
    const line = lines[next];
    next += 1;
    return line ?? null;
  };
  for (let line = take(); line !== null; line = take()) {
    const text = bare(line).trimStart();
    if (text.startsWith('#')) {
      const comment = text.slice(1).trim();
      if (comment === '') comments = [];
      else comments.push(comment);
      continue;
    }
    if (text === '') continue;
    const start = next;
    const pieces: string[] = [];
    let emptyContinuation = false;
    let before = continued(text, escapeToken);
    let last = text;
    while (before !== undefined) {
      pieces.push(before);
      last = '';
      const more = take();
      if (more === null) break;
      if (isComment(more)) {
        before = '';
        continue;
      }
      if (bare(more).trim() === '') {
        emptyContinuation = true;
        before = '';
        continue;
      }
      last = bare(more);
      before = continued(last, escapeToken);
    }
    pieces.push(last);
    const whole = pieces.join('');
    if (whole.trim() === '') continue;
    const where = { file, line: start };
    const documents = at(where, whole, () =>
      takesDocuments(whole, escapeToken)
        ? documentMarks(whole).map((mark) => readDocument(mark, take))
        : [],
    );
    const endLine = Math.min(next, lines.length);
    statements.push({
      place: { ...where, endLine },
      text: whole.trim(),
      documents,
      comments,
      emptyContinuation,
    });
    comments = [];
  }
  return { directives, statements };
}
