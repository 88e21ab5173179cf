import { BryoError } from '../../base/errors.ts';
import type { Preserved } from '../../native/inherited-fds.ts';
import { badValue, readNumber } from '../../request/values.ts';
import type { Invocation, OptionSpec } from '../command.ts';
import { latestOption } from './latest.ts';

/** Flags that several verbs share, each defined once. */
export const formatOption: OptionSpec = {
  name: 'format',
  value: 'FORMAT',
  help: 'json, a Go template, or "table TEMPLATE"',
};
export const inspectSizeOption: OptionSpec = {
  name: 'size',
  short: 's',
  help: 'of containers also SizeRw and SizeRootFs: bytes of what they wrote, and with their image',
};
export const inspectFormatOption: OptionSpec = {
  name: 'format',
  short: 'f',
  value: 'FORMAT',
  help: 'json or a Go template',
};
export const quietOption: OptionSpec = { name: 'quiet', short: 'q', help: 'print ids only' };
export const noTruncOption: OptionSpec = { name: 'no-trunc', help: 'print whole ids and commands' };
export const headingOption: OptionSpec = {
  name: 'noheading',
  short: 'n',
  help: 'leave the heading away',
};
export const ignoreOption: OptionSpec = {
  name: 'ignore',
  short: 'i',
  help: 'containers that do not exist are no error',
};
export const allOption: OptionSpec = { name: 'all', short: 'a', help: 'all containers' };
export const cidfileOption: OptionSpec = {
  name: 'cidfile',
  value: 'FILE',
  repeat: true,
  help: 'the container whose id is in this file (run --cidfile)',
};
export const filterOption: OptionSpec = {
  name: 'filter',
  short: 'f',
  value: 'KEY=VALUE',
  repeat: true,
  help: 'only those that fit: id, name, label, status, ancestor, exited, until or volume',
};
/** By what a verb chooses its containers when they are not named; chooseContainers reads them. */
export const choiceOptions: readonly OptionSpec[] = [
  allOption,
  latestOption,
  cidfileOption,
  filterOption,
];
export const detachKeysOption: OptionSpec = {
  name: 'detach-keys',
  value: 'KEYS',
  default: 'ctrl-p,ctrl-q',
  help: 'keys that leave a terminal session without ending it; empty: none',
};
/** The keys of --detach-keys; null: the usual ones. Throws BryoError for what is no list of keys. */
export function readDetachKeys(invocation: Invocation): string | null {
  const text = invocation.text('detach-keys');
  if (text === null || /^$|^(.|ctrl-[a-zA-Z@[\\\]^_])(,(.|ctrl-[a-zA-Z@[\\\]^_]))*$/.test(text))
    return text;
  throw badValue(
    '--detach-keys',
    text,
    'letters and ctrl-LETTER with commas between them are needed',
  );
}
export const timeOption: OptionSpec = {
  name: 'time',
  aliases: ['timeout'],
  short: 't',
  value: 'SECONDS',
  help: "how long to wait before the kill; the container's own stop timeout otherwise",
};
export const preserveFdsOption: OptionSpec = {
  name: 'preserve-fds',
  value: 'N',
  default: '0',
  help: 'hand on the descriptors 3 to N+2, after the sockets of socket activation (LISTEN_FDS)',
};

/** Beside {@link preserveFdsOption}, for programs that want a number of their choice. */
export const preserveFdOption: OptionSpec = {
  name: 'preserve-fd',
  value: 'NUMBER[,NUMBER...]',
  repeat: true,
  help: 'hand on the descriptors of these numbers, under the same numbers',
};

/** Seconds of --time, Infinity for -1, which means no limit; null: it was not given. */
export function readTime(invocation: Invocation): number | null {
  const time = invocation.text('time');
  if (time === '-1') return Number.POSITIVE_INFINITY;
  return time === null ? null : readNumber('--time', time, 0);
}

export function readPreserveFds(invocation: Invocation): number {
  return readNumber('--preserve-fds', invocation.text('preserve-fds') ?? '0', 0);
}

/** The descriptors that --preserve-fds or --preserve-fd names. Throws BryoError where both are given. */
export function readPreserved(invocation: Invocation): Preserved {
  const numbers = invocation.texts('preserve-fd').flatMap((text) => text.split(','));
  if (numbers.length === 0) return readPreserveFds(invocation);
  if (invocation.given('preserve-fds')) {
    throw new BryoError('usage', 'cannot specify both --preserve-fds and --preserve-fd');
  }
  return numbers.map((text) => readNumber('--preserve-fd', text, 3));
}

/** Throws BryoError `usage` when names come beside --all. */
export function refuseNamesWithAll(args: readonly string[]): void {
  if (args.length > 0) throw new BryoError('usage', 'no arguments are needed with --all');
}
