import { plainTmpfs, type TmpfsChoices } from './types.ts';
import { commonWords, type Meaning, type Refuse, readWords } from './words.ts';

/** The meaning of the words of a temporary filesystem. */
export type SaidOfTmpfs = TmpfsChoices & { readOnly: boolean };

/** Words that mount(8) knows of any filesystem. */
const plainWords = new Map<string, Meaning<SaidOfTmpfs>>([
  ...Object.entries(commonWords),
  ['noatime', { about: 'atime', says: { attributes: { atime: false } } }],
]);

/** With what bryo itself does. */
const allWords = new Map<string, Meaning<SaidOfTmpfs>>([
  ...plainWords,
  ['tmpcopyup', { about: 'copy', says: { copyUp: true } }],
  ['notmpcopyup', { about: 'copy', says: { copyUp: false } }],
]);

/** Settings that are the kernel's own (tmpfs(5)); nothing else of a user's goes to it. */
const setting = /^(size=\d+[kmgtKMGT%]?|mode=0?[0-7]{3,4}|nr_inodes=\d+[kmg]?|uid=\d+|gid=\d+)$/;

function read(
  words: readonly string[],
  meanings: ReadonlyMap<string, Meaning<SaidOfTmpfs>>,
  refuse: Refuse | null,
): SaidOfTmpfs {
  const settings = words.filter((word) => setting.test(word)).map((word) => word.split('='));
  const others = words.filter((word) => !setting.test(word));
  const said = readWords({ ...plainTmpfs(), readOnly: false }, others, meanings, refuse);
  return { ...said, settings: Object.fromEntries(settings) };
}

/** Reads all that can be said of a temporary filesystem; of `refuse` see {@link readWords}. */
export function readTmpfsWords(words: readonly string[], refuse: Refuse | null): SaidOfTmpfs {
  return read(words, allWords, refuse);
}

/** Reads only what mount(8) and the kernel know of one. Throws what `refuse` makes. */
export function readPlainTmpfsWords(words: readonly string[], refuse: Refuse): SaidOfTmpfs {
  return read(words, plainWords, refuse);
}
