import type { ContainerOptions } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue } from '../read-values.ts';

/** Flags of `run` and `create` about the container's process. */
export const processOptions: readonly OptionSpec[] = [
  { name: 'interactive', short: 'i', help: 'keep standard input open' },
  { name: 'tty', short: 't', help: 'give the container a terminal' },
  { name: 'workdir', short: 'w', value: 'DIRECTORY', help: 'working directory in the container' },
  {
    name: 'user',
    short: 'u',
    value: 'USER[:GROUP]',
    help: "user to run as, by the container's names or by number",
  },
  {
    name: 'group-add',
    value: 'GROUP',
    repeat: true,
    help: "supplementary group; keep-groups keeps the caller's",
  },
  {
    name: 'entrypoint',
    value: 'COMMAND',
    help: "replaces the image's entrypoint: a word, or a JSON array of words",
  },
  { name: 'init', help: 'run a minimal init as process 1, which passes on signals and reaps' },
  { name: 'umask', value: 'MODE', default: '0022', help: 'file creation mask in octal' },
];

/** A word for --entrypoint, or a JSON array of words; an empty one clears the image's. */
function readEntrypoint(text: string): string[] {
  if (text === '') return [];
  if (!text.startsWith('[')) return [text];
  try {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  } catch {
    // Not JSON after all: a program whose name begins with a bracket.
  }
  return [text];
}

function readUmask(text: string | null): number {
  if (text === null) return 0o022;
  if (!/^0?[0-7]{1,4}$/.test(text)) throw badValue('--umask', text, 'an octal mode is needed');
  return Number.parseInt(text, 8) & 0o777;
}

function readWorkdir(text: string | null): string | null {
  if (text !== null && !text.startsWith('/')) {
    throw badValue('--workdir', text, 'an absolute path is needed');
  }
  return text;
}

/** What runs in the container, and as whom. */
export function readProcess(
  invocation: Invocation,
): Pick<
  ContainerOptions,
  'entrypoint' | 'workdir' | 'user' | 'groupAdd' | 'interactive' | 'tty' | 'init' | 'umask'
> {
  const { text, texts, flag } = invocation;
  const entrypoint = text('entrypoint');
  return {
    entrypoint: entrypoint === null ? null : readEntrypoint(entrypoint),
    workdir: readWorkdir(text('workdir')),
    user: text('user'),
    groupAdd: [...texts('group-add')],
    interactive: flag('interactive'),
    tty: flag('tty'),
    init: flag('init'),
    umask: readUmask(text('umask')),
  };
}
