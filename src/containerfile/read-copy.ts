import { Refusal } from './errors.ts';
import { type InstructionFlags, readFlags } from './flags.ts';
import { documentMark } from './here-documents.ts';
import type { CopySource, HereDocument, InstructionOf } from './instructions.ts';
import { jsonWords, plainWords } from './words.ts';

const shared = { chown: 'value', chmod: 'value', link: 'switch', exclude: 'values' } as const;
const copyFlags = { ...shared, from: 'value', parents: 'switch' } as const;
const addFlags = {
  ...shared,
  checksum: 'value',
  'keep-git-dir': 'switch',
  unpack: 'switch',
} as const;

type Unplaced<K extends 'copy' | 'add'> = Omit<InstructionOf<K>, 'place' | 'text' | 'documents'>;

function readPaths(instruction: string, text: string, documents: readonly HereDocument[]) {
  const words = jsonWords(text) ?? plainWords(text);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) {
    throw new Refusal(`${instruction} requires at least two arguments`);
  }
  if (documents.length > 0 && documentMark(destination) !== null) {
    throw new Refusal(`${instruction} cannot accept a heredoc as a destination`);
  }
  const left = [...documents];
  const sources = words.slice(0, -1).map((word): CopySource => {
    const document = documentMark(word) === null ? undefined : left.shift();
    return document === undefined ? { kind: 'path', path: word } : { kind: 'inline', document };
  });
  return { sources, destination };
}

function readShared(read: InstructionFlags) {
  return {
    chown: read.value('chown'),
    chmod: read.value('chmod'),
    link: read.on('link') ?? false,
    exclude: read.values('exclude'),
  };
}

/** COPY. Throws Refusal. */
export function readCopy(
  words: readonly string[],
  text: string,
  documents: readonly HereDocument[],
): Unplaced<'copy'> {
  const read = readFlags('COPY', words, copyFlags);
  return {
    kind: 'copy',
    from: read.value('from'),
    parents: read.on('parents') ?? false,
    ...readShared(read),
    ...readPaths('COPY', text, documents),
  };
}

/** ADD. Throws Refusal. */
export function readAdd(
  words: readonly string[],
  text: string,
  documents: readonly HereDocument[],
): Unplaced<'add'> {
  const read = readFlags('ADD', words, addFlags);
  return {
    kind: 'add',
    checksum: read.value('checksum'),
    keepGitDir: read.on('keep-git-dir') ?? false,
    unpack: read.on('unpack'),
    ...readShared(read),
    ...readPaths('ADD', text, documents),
  };
}
