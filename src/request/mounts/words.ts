import type { MountAttributes } from './types.ts';

/** Makes an error of the reason why a word cannot be used. */
export type Refuse = (why: string) => Error;

/** The meaning of the words of any mount. */
export interface SaidOfAny {
  readOnly: boolean;
  attributes: MountAttributes;
}

/** The subject of a word, for which only one can be given, and what it says of that. */
export interface Meaning<T extends SaidOfAny> {
  about: string;
  says: Partial<T>;
}

/** Words that binds and temporary filesystems have in common (mount(8)). */
export const commonWords = {
  ro: { about: 'access', says: { readOnly: true } },
  rw: { about: 'access', says: { readOnly: false } },
  suid: { about: 'suid', says: { attributes: { suid: true } } },
  nosuid: { about: 'suid', says: { attributes: { suid: false } } },
  dev: { about: 'dev', says: { attributes: { dev: true } } },
  nodev: { about: 'dev', says: { attributes: { dev: false } } },
  exec: { about: 'exec', says: { attributes: { exec: true } } },
  noexec: { about: 'exec', says: { attributes: { exec: false } } },
} satisfies Record<string, Meaning<SaidOfAny>>;

/** The common words that --mount has no key for: what files of the mount may do. */
export const attributeNames: ReadonlySet<string> = new Set(
  Object.entries(commonWords).flatMap(([word, { says }]) => ('attributes' in says ? [word] : [])),
);

/**
 * The meaning of words for a mount that is `plain` without them. Throws what `refuse` makes for a word without a
 * meaning, and for two that exclude each other; with null for `refuse` the former say nothing, and of
 * the latter the last counts.
 */
export function readWords<T extends SaidOfAny>(
  plain: T,
  words: readonly string[],
  meanings: ReadonlyMap<string, Meaning<T>>,
  refuse: Refuse | null,
): T {
  const given = new Map<string, string>();
  let said = plain;
  for (const word of words) {
    const meaning = meanings.get(word);
    if (meaning === undefined) {
      if (refuse === null) continue;
      throw refuse(`there is no option ${word}`);
    }
    const other = given.get(meaning.about);
    if (refuse !== null && other !== undefined && other !== word) {
      throw refuse(`${other} and ${word} exclude each other`);
    }
    given.set(meaning.about, word);
    const attributes = { ...said.attributes, ...meaning.says.attributes };
    said = { ...said, ...meaning.says, attributes };
  }
  return said;
}

/** The words of a list that commas divide. */
export function splitList(text: string): string[] {
  return text.split(',').filter(Boolean);
}
