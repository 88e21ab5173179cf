import type { CommandEntry, Noun } from './command.ts';

export const nouns: readonly Noun[] = [
  'container',
  'healthcheck',
  'image',
  'manifest',
  'volume',
  'pod',
  'secret',
  'quadlet',
  'generate',
  'kube',
  'play',
  'machine',
  'network',
  'context',
  'buildx',
  'system',
];

/** The noun that a word spells; podman and docker know `builder` for `buildx`. */
export function nounOf(word: string): Noun | null {
  return nouns.find((name) => name === (word === 'builder' ? 'buildx' : word)) ?? null;
}

/** A resolved command line: the entry and the words after its name. */
export interface FoundCommand {
  entry: CommandEntry;
  words: readonly string[];
}

/** The command that `run …` or `container run …` names; null: there is none. */
export function findCommand(
  commands: readonly CommandEntry[],
  words: readonly string[],
): FoundCommand | null {
  const [first = '', second = ''] = words;
  const direct = commands.find(({ names, nested }) => !nested && names.includes(first));
  if (direct !== undefined) return { entry: direct, words: words.slice(1) };
  const noun = nounOf(first);
  if (noun === null) return null;
  const nested = commands.find((c) => c.noun === noun && c.nounVerbs.includes(second));
  return nested === undefined ? null : { entry: nested, words: words.slice(2) };
}
