import { at, Refusal } from './errors.ts';
import { readFlags } from './flags.ts';
import type { Command, Instruction, InstructionKind } from './instructions.ts';
import type { Statement } from './lines.ts';
import { readAdd, readCopy } from './read-copy.ts';
import { readHealth } from './read-health.ts';
import { readArguments, readPairs } from './read-pairs.ts';
import { readCommand, readRun } from './read-run.ts';
import { didYouMean } from './suggest.ts';
import { jsonWords, plainWords, splitFirst, splitFlags } from './words.ts';

/** An instruction without its place: what the readers below make. */
type Action<K extends InstructionKind = InstructionKind> = K extends InstructionKind
  ? Omit<Extract<Instruction, { kind: K }>, 'place' | 'text' | 'documents'>
  : never;

/** The words of an instruction behind its name. */
interface Input {
  flags: readonly string[];
  /** Without the flags. */
  rest: string;
  /** With the flags: for instructions that have none. */
  whole: string;
  escapeToken: string;
  statement: Statement;
}

function exactlyOne(instruction: string, text: string): string {
  if (text === '') throw new Refusal(`${instruction} requires exactly one argument`);
  return text;
}

function words(instruction: string, text: string): string[] {
  const found = jsonWords(text) ?? plainWords(text);
  if (found.length === 0) throw new Refusal(`${instruction} requires at least one argument`);
  return found;
}

/** Docker has no slashes in it, podman any character: names made of platforms are usual (`build-arm/v7`). */
const stageName = /^[a-z][a-z0-9-_./]*$/;

function readFrom({ flags, rest }: Input): Action<'from'> {
  const read = readFlags('FROM', flags, { platform: 'value' });
  const [image = '', as, name, ...more] = plainWords(rest);
  const named = as !== undefined;
  if (image === '' || (named && (as.toLowerCase() !== 'as' || !name)) || more.length > 0) {
    throw new Refusal('FROM requires either one argument, or three: FROM <source> [AS <name>]');
  }
  if (name !== undefined && !stageName.test(name.toLowerCase())) {
    throw new Refusal(
      `invalid name for build stage: "${name}", name can't start with a number or contain symbols`,
    );
  }
  return {
    kind: 'from',
    image,
    platform: read.value('platform'),
    name: name?.toLowerCase() ?? null,
  };
}

function readTrigger({ whole, statement }: Input): Action<'onbuild'> {
  const [name] = splitFirst(whole);
  const kind = name.toUpperCase();
  if (kind === '') throw new Refusal('ONBUILD requires at least one argument');
  if (kind === 'ONBUILD') {
    throw new Refusal("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (kind === 'FROM' || kind === 'MAINTAINER') {
    throw new Refusal(`${kind} isn't allowed as an ONBUILD trigger`);
  }
  const documents = statement.documents.map((one) => `\n${one.content}${one.name}`);
  return { kind: 'onbuild', trigger: whole + documents.join('') };
}

function readEntrypoint(text: string): Command {
  // An empty list clears what the base image has.
  return text === '' ? { form: 'exec', args: [] } : readCommand(text);
}

function readShell({ whole }: Input): Action<'shell'> {
  const args = jsonWords(whole);
  if (args === null) throw new Refusal('SHELL requires the arguments to be in JSON form');
  if (args.length === 0) throw new Refusal('SHELL requires at least one argument');
  return { kind: 'shell', args };
}

/** Instructions by name. Those that take no flags read all behind their name. */
const readers: { [K in InstructionKind]: (input: Input) => Action<K> } = {
  from: readFrom,
  run: ({ flags, rest, statement }) => readRun(flags, rest, statement.documents),
  copy: ({ flags, rest, statement }) => readCopy(flags, rest, statement.documents),
  add: ({ flags, rest, statement }) => readAdd(flags, rest, statement.documents),
  arg: ({ whole, escapeToken }) => ({ kind: 'arg', arguments: readArguments(whole, escapeToken) }),
  env: ({ whole, escapeToken }) => ({ kind: 'env', pairs: readPairs('ENV', whole, escapeToken) }),
  label: ({ whole, escapeToken }) => ({
    kind: 'label',
    pairs: readPairs('LABEL', whole, escapeToken),
  }),
  workdir: ({ whole }) => ({ kind: 'workdir', path: exactlyOne('WORKDIR', whole) }),
  user: ({ whole }) => ({ kind: 'user', user: exactlyOne('USER', whole) }),
  volume: ({ whole }) => {
    const paths = words('VOLUME', whole).map((path) => path.trim());
    if (paths.includes('')) throw new Refusal('VOLUME specified can not be an empty string');
    return { kind: 'volume', paths };
  },
  expose: ({ whole }) => {
    const ports = plainWords(whole);
    if (ports.length === 0) throw new Refusal('EXPOSE requires at least one argument');
    return { kind: 'expose', ports };
  },
  stopsignal: ({ whole }) => ({ kind: 'stopsignal', signal: exactlyOne('STOPSIGNAL', whole) }),
  healthcheck: ({ flags, rest }) => ({
    kind: 'healthcheck',
    check: readHealth(flags, rest, readCommand),
  }),
  shell: readShell,
  onbuild: readTrigger,
  entrypoint: ({ whole }) => ({ kind: 'entrypoint', command: readEntrypoint(whole) }),
  cmd: ({ whole }) => ({ kind: 'cmd', command: readEntrypoint(whole) }),
  maintainer: ({ whole }) => ({ kind: 'maintainer', name: exactlyOne('MAINTAINER', whole) }),
};

const names = Object.keys(readers).map((name) => name.toUpperCase());

function isKind(name: string): name is InstructionKind {
  return Object.hasOwn(readers, name);
}

/** Whether the word is the name of an instruction, in any case. */
export function isInstruction(word: string): boolean {
  return isKind(word.toLowerCase());
}

/** Reads the words of an instruction. Throws BryoError `bad-containerfile`. */
export function readInstruction(statement: Statement, escapeToken: string): Instruction {
  const { place, text, documents } = statement;
  return at(place, text, () => {
    const [name, whole] = splitFirst(text);
    const kind = name.toLowerCase();
    if (!isKind(kind)) {
      throw new Refusal(`unknown instruction: ${name}`, didYouMean(name.toUpperCase(), names));
    }
    const { flags, rest } = splitFlags(whole, escapeToken);
    const action: Action = readers[kind]({ flags, rest, whole, escapeToken, statement });
    return { ...action, place, text, documents } as Instruction;
  });
}
