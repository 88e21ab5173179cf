import type { ContainerOptions } from '../../../request/container.ts';
import {
  readEntrypoint,
  readGroups,
  readPersonality,
  readStreams,
  readSystemd,
  readUmask,
  readWorkdir,
} from '../../../request/process.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

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

/** The container's process, and its user. */
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
    makeWorkdir: invocation.context.dialect === 'docker',
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
