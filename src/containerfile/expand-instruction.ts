import { at, Refusal } from './errors.ts';
import { type ExpansionChoices, expandWord, expandWords, type Variables } from './expansion.ts';
import type {
  CopySource,
  Instruction,
  InstructionOf,
  Pair,
  StageInstruction,
} from './instructions.ts';
import { readMount } from './read-mount.ts';

/** The means by which an instruction is expanded. */
export interface Expansion {
  variables: Variables;
  escapeToken: string;
  /** Told of each name that is not set. */
  onUnset?: (name: string) => void;
}

type Word = (text: string) => string;

function expandSource(source: CopySource, word: Word, expansion: Expansion): CopySource {
  if (source.kind === 'path') return { kind: 'path', path: word(source.path) };
  const { document } = source;
  if (!document.expand) return source;
  // Quotes are part of the text; a backslash takes the meaning of a dollar.
  const choices: ExpansionChoices = { ...expansion, escapeToken: '\\', ignoreQuotes: true };
  const content = expandWord(document.content, expansion.variables, choices);
  return { kind: 'inline', document: { ...document, content } };
}

function expandCopying(
  instruction: InstructionOf<'copy'> | InstructionOf<'add'>,
  word: Word,
  expansion: Expansion,
): StageInstruction {
  const optional = (text: string | null) => (text === null ? null : word(text));
  const copying = {
    sources: instruction.sources.map((source) => expandSource(source, word, expansion)),
    destination: word(instruction.destination),
    chown: optional(instruction.chown),
    chmod: optional(instruction.chmod),
    exclude: instruction.exclude.map(word),
  };
  return instruction.kind === 'copy'
    ? { ...instruction, ...copying, from: optional(instruction.from) }
    : { ...instruction, ...copying, checksum: optional(instruction.checksum) };
}

function expandPairs(pairs: readonly Pair[], word: Word): Pair[] {
  return pairs.map(({ key, value }) => {
    const name = word(key);
    if (name === '') throw new Refusal('names can not be blank');
    return { key: name, value: word(value) };
  });
}

function expandKnown(instruction: StageInstruction, expansion: Expansion): StageInstruction {
  const { variables } = expansion;
  const word = (text: string): string => expandWord(text, variables, expansion);
  switch (instruction.kind) {
    case 'copy':
    case 'add':
      return expandCopying(instruction, word, expansion);
    case 'env':
    case 'label':
      return { ...instruction, pairs: expandPairs(instruction.pairs, word) };
    case 'arg': {
      const declared = instruction.arguments.map(({ name, value }) => ({
        name: word(name),
        value: value === null ? null : word(value),
      }));
      return { ...instruction, arguments: declared };
    }
    case 'workdir':
      return { ...instruction, path: word(instruction.path) };
    case 'user':
      return { ...instruction, user: word(instruction.user) };
    case 'volume':
      return { ...instruction, paths: instruction.paths.map(word) };
    case 'expose': {
      const ports = instruction.ports.flatMap((port) => expandWords(port, variables, expansion));
      return { ...instruction, ports };
    }
    case 'stopsignal':
      return { ...instruction, signal: word(instruction.signal) };
    case 'run': {
      // Words of --mount keep their quotes: they are those of CSV.
      const raw = { ...expansion, ignoreQuotes: true };
      const words = instruction.mountWords.map((text) => expandWord(text, variables, raw));
      return { ...instruction, mountWords: words, mounts: words.map(readMount) };
    }
    case 'healthcheck':
    case 'shell':
    case 'onbuild':
    case 'entrypoint':
    case 'cmd':
    case 'maintainer':
      return instruction;
  }
}

/** An instruction with its variables replaced. Throws BryoError `bad-containerfile`. */
export function expandInstruction(
  instruction: StageInstruction,
  expansion: Expansion,
): StageInstruction {
  return at(instruction.place, instruction.text, () => expandKnown(instruction, expansion));
}

/** FROM with its variables replaced. Throws BryoError `bad-containerfile`. */
export function expandFrom(
  from: InstructionOf<'from'>,
  expansion: Expansion,
): InstructionOf<'from'> {
  return at(from.place, from.text, () => {
    const word = (text: string): string => expandWord(text, expansion.variables, expansion);
    const image = word(from.image);
    if (image === '') {
      throw new Refusal(
        `base name (${from.image}) should not be blank`,
        'give --build-arg a value',
      );
    }
    return { ...from, image, platform: from.platform === null ? null : word(from.platform) };
  });
}

/** Whether an instruction stands in a stage. */
export function isStageInstruction(one: Instruction): one is StageInstruction {
  return one.kind !== 'from';
}
