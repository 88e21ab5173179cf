import { stderr, stdout } from '../output.ts';

/** A word that may be next; what it means is shown by shells that can. */
export interface Suggestion {
  word: string;
  says: string;
}

/** Instructions to the shell on the suggestions: the numbers of cobra's protocol (ShellCompDirective). */
const directives = {
  /** Files, where nothing is suggested. */
  Default: 0,
  /** No blank follows the word. */
  NoSpace: 2,
  /** Files are none of the things that may follow. */
  NoFileComp: 4,
  NoSpaceNorFile: 6,
} as const;

export type Directive = keyof typeof directives;

/** Words that may come next on a command line. */
export interface Completion {
  suggestions: readonly Suggestion[];
  directive: Directive;
}

/** Files, as the shell finds them. */
export const files: Completion = { suggestions: [], directive: 'Default' };

export const nothing: Completion = { suggestions: [], directive: 'NoFileComp' };

/** The words of these that begin so, and no files. */
export function among(
  words: readonly (string | Suggestion)[],
  start: string,
  directive: Directive = 'NoFileComp',
): Completion {
  const all = words.map((word) => (typeof word === 'string' ? { word, says: '' } : word));
  return { suggestions: all.filter(({ word }) => word.startsWith(start)), directive };
}

/** A line of the protocol: no name may end it, nor stand for a description. */
function line({ word, says }: Suggestion, described: boolean): string {
  const [text, description] = [word, says].map((part) => part.replace(/[\n\r\t]+/g, ' '));
  return described && description ? `${text}\t${description}\n` : `${text}\n`;
}

/** Answers a shell's script in cobra's protocol. */
export function writeCompletion({ suggestions, directive }: Completion, described: boolean): void {
  const lines = suggestions.map((suggestion) => line(suggestion, described));
  stdout.write(`${lines.join('')}:${directives[directive]}\n`);
  const named = directive === 'NoSpaceNorFile' ? (['NoSpace', 'NoFileComp'] as const) : [directive];
  const words = named.map((name) => `ShellCompDirective${name}`).join(', ');
  stderr.write(`Completion ended with directive: ${words}\n`);
}
