import { BryoError } from '../../../base/errors.ts';
import type { ContainerOptions } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { isDocker } from '../../docker/name.ts';
import { badValue } from '../read-values.ts';

/** Flags of `run` and `create` about the container's process. */
export const processOptions: readonly OptionSpec[] = [
  { name: 'interactive', short: 'i', help: 'keep standard input open' },
  { name: 'tty', short: 't', help: 'give the container a terminal' },
  {
    name: 'workdir',
    short: 'w',
    value: 'DIRECTORY',
    help: 'working directory in the container, which must exist',
  },
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
  {
    name: 'systemd',
    value: 'MODE',
    default: 'true',
    choices: ['true', 'false', 'always'],
    help: 'prepare the container for systemd: true, when its command is one; false; or always',
  },
  {
    name: 'attach',
    short: 'a',
    value: 'STREAM',
    repeat: true,
    help: 'show only these of stdin, stdout and stderr; all unless given',
  },
  {
    name: 'personality',
    value: 'DOMAIN',
    choices: ['LINUX', 'LINUX32'],
    help: 'execution domain: LINUX, or LINUX32 for 32-bit programs that ask',
  },
  { name: 'umask', value: 'MODE', default: '0022', help: 'file creation mask in octal' },
];

function readSystemd(text: string): ContainerOptions['systemd'] {
  const word = { t: 'true', '1': 'true', f: 'false', '0': 'false' }[text] ?? text;
  if (word === 'true' || word === 'false' || word === 'always') return word;
  throw badValue('--systemd', text, 'true, false or always is needed');
}

function readStreams(words: readonly string[]): string[] | null {
  if (words.length === 0) return null;
  return words
    .flatMap((word) => word.toLowerCase().split(','))
    .map((word) => {
      if (['stdin', 'stdout', 'stderr'].includes(word)) return word;
      throw badValue('--attach', word, 'stdin, stdout or stderr is needed');
    });
}

/** personality(2): PER_LINUX and PER_LINUX32. */
const personalities: Readonly<Record<string, number>> = { LINUX: 0, LINUX32: 8 };

function readPersonality(text: string | null): number | null {
  if (text === null) return null;
  const value = personalities[text.toUpperCase().replace(/^PER_/, '')];
  if (value === undefined) throw badValue('--personality', text, 'LINUX or LINUX32 is needed');
  return value;
}

function readGroups(words: readonly string[]): string[] {
  const groups = words.flatMap((word) => word.split(','));
  if (groups.includes('keep-groups') && groups.length > 1) {
    throw new BryoError('bad-flag-value', '--group-add keep-groups excludes other groups');
  }
  return groups;
}

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
  if (text === null || text === '') return null;
  if (!text.startsWith('/')) throw badValue('--workdir', text, 'an absolute path is needed');
  return text;
}

/** What runs in the container, and as whom. */
export function readProcess(
  invocation: Invocation,
): Pick<
  ContainerOptions,
  | 'entrypoint'
  | 'workdir'
  | 'makeWorkdir'
  | 'user'
  | 'groupAdd'
  | 'interactive'
  | 'tty'
  | 'attach'
  | 'init'
  | 'systemd'
  | 'personality'
  | 'umask'
> {
  const { text, texts, flag } = invocation;
  const entrypoint = text('entrypoint');
  const attach = readStreams(texts('attach'));
  return {
    entrypoint: entrypoint === null ? null : readEntrypoint(entrypoint),
    workdir: readWorkdir(text('workdir')),
    makeWorkdir: isDocker,
    user: text('user'),
    groupAdd: readGroups(texts('group-add')),
    interactive: flag('interactive') || (attach?.includes('stdin') ?? false),
    attach,
    systemd: readSystemd(text('systemd') ?? 'true'),
    personality: readPersonality(text('personality')),
    tty: flag('tty'),
    init: flag('init'),
    umask: readUmask(text('umask')),
  };
}
