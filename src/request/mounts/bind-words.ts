import { existsSync, readFileSync } from 'node:fs';
import { type BindChoices, plainBind, propagations } from './types.ts';
import { commonWords, type Meaning, type Refuse, readWords } from './words.ts';

/** The meaning of the words of a bind mount. */
export type SaidOfBind = BindChoices & { readOnly: boolean };

/** Words of mount(8), which files of others may say, too: volumes and descriptions of devices. */
const plainWords = new Map<string, Meaning<SaidOfBind>>([
  ...Object.entries(commonWords),
  ['bind', { about: 'recursion', says: { recursive: false } }],
  ['rbind', { about: 'recursion', says: { recursive: true } }],
  ...propagations.map(
    (propagation) => [propagation, { about: 'propagation', says: { propagation } }] as const,
  ),
]);

/** With what bryo itself does with a source; labels need nothing done where SELinux does not enforce. */
const allWords = new Map<string, Meaning<SaidOfBind>>([
  ...plainWords,
  ['z', { about: 'label', says: {} }],
  ['Z', { about: 'label', says: {} }],
  ['copy', { about: 'copy', says: { copyUp: true } }],
  ['nocopy', { about: 'copy', says: { copyUp: false } }],
  ['U', { about: 'chown', says: { chown: true } }],
  ['O', { about: 'overlay', says: { overlay: { kept: null } } }],
]);

/** A directory of an overlay, which needs the option O beside it. */
const overlayDirectory = /^(upper|work)dir=(\/.*)$/;

function isEnforcing(): boolean {
  const path = '/sys/fs/selinux/enforce';
  return existsSync(path) && readFileSync(path, 'utf8').trim() === '1';
}

function checkWord(word: string, refuse: Refuse): void {
  if (word === 'idmap' || word.startsWith('idmap=')) {
    throw refuse("owners of mounts can be mapped (idmap) by the host's root only");
  }
  if ((word === 'z' || word === 'Z') && isEnforcing()) {
    throw refuse('relabelling for SELinux is not supported');
  }
}

/** The directories that an overlay keeps: both of them or none, and only with O. */
function withKept(said: SaidOfBind, words: readonly string[], refuse: Refuse | null): SaidOfBind {
  const paths = new Map(
    words.flatMap((word) => {
      const [, name = '', path] = overlayDirectory.exec(word) ?? [];
      return path === undefined ? [] : [[name, path] as const];
    }),
  );
  const [first] = paths.keys();
  if (first === undefined) return said;
  const upper = paths.get('upper');
  const work = paths.get('work');
  if (said.overlay !== null && upper !== undefined && work !== undefined) {
    return { ...said, overlay: { kept: { upper, work } } };
  }
  if (refuse === null) return said;
  throw refuse(
    said.overlay === null ? `${first}dir needs the option O` : 'upperdir and workdir go together',
  );
}

/** Reads all that can be said of a bind mount or a volume; of `refuse` see {@link readWords}. */
export function readBindWords(words: readonly string[], refuse: Refuse | null): SaidOfBind {
  if (refuse !== null) for (const word of words) checkWord(word, refuse);
  const others = words.filter((word) => !overlayDirectory.test(word));
  const said = readWords({ ...plainBind(), readOnly: false }, others, allWords, refuse);
  return withKept(said, words, refuse);
}

/** Reads only what mount(8) knows of a bind mount. Throws what `refuse` makes. */
export function readPlainBindWords(words: readonly string[], refuse: Refuse): SaidOfBind {
  return readWords({ ...plainBind(), readOnly: false }, words, plainWords, refuse);
}
