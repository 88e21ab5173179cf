import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { isOwn, joinedNamespaces, namespaceFlags } from '../../container/namespaces.ts';
import type { ContainerOptions, NamespaceRequest } from '../../container/options.ts';
import type { OptionSpec } from '../command.ts';
import { badValue } from './read-values.ts';

/** Flags of `run` and `create` about namespaces of processes, IPC and names. */
export const namespaceOptions: readonly OptionSpec[] = [
  {
    name: 'pid',
    value: 'MODE',
    default: 'private',
    choices: ['private', 'host'],
    help: 'process ids: private, host, container:NAME or ns:PATH',
  },
  {
    name: 'ipc',
    value: 'MODE',
    default: 'shareable',
    choices: ['shareable', 'private', 'none', 'host'],
    help: 'System V IPC, message queues and /dev/shm: shareable, private (/dev/shm is not for others), none (there is no /dev/shm), host, container:NAME or ns:PATH',
  },
  {
    name: 'uts',
    value: 'MODE',
    default: 'private',
    choices: ['private', 'host'],
    help: 'host name: private, host, container:NAME or ns:PATH',
  },
  {
    name: 'cgroupns',
    value: 'MODE',
    default: 'private',
    choices: ['private', 'host'],
    help: 'view of control groups: private, host, container:NAME or ns:PATH',
  },
];

/** `container:NAME` or `ns:PATH`; null: neither. */
export function readJoined(
  flag: string,
  text: string,
): { container: string } | { path: string } | null {
  const [, kind, rest = ''] = /^(container|ns):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return null;
  if (rest === '' || rest.includes('\0')) throw badValue(flag, text, `${kind}: needs a value`);
  return kind === 'container' ? { container: rest } : { path: resolve(rest) };
}

function readNamespace(
  flag: string,
  text: string | null,
  own: readonly string[],
): NamespaceRequest {
  const [first = 'private'] = own;
  const word = text === null || text === '' ? first : text;
  if (word === 'host' || own.includes(word)) return word as NamespaceRequest;
  const joined = readJoined(flag, word);
  if (joined !== null) return joined;
  throw badValue(flag, word, `${own.join(', ')}, host, container:NAME or ns:PATH is needed`);
}

/** What the flags above say. */
export function readNamespaces(text: (name: string) => string | null) {
  return {
    pid: readNamespace('--pid', text('pid'), ['private']),
    ipc: readNamespace('--ipc', text('ipc'), ['shareable', 'private', 'none']),
    uts: readNamespace('--uts', text('uts'), ['private']),
    cgroupns: readNamespace('--cgroupns', text('cgroupns'), ['private']),
  };
}

/** What belongs to whoever owns a namespace cannot be asked for by who joins it. */
export function checkJoined(options: ContainerOptions): void {
  const joined = joinedNamespaces(options);
  const [first] = joined;
  const { mode } = options.userns;
  if (first !== undefined && !['host', 'container', 'path'].includes(mode)) {
    throw new BryoError(
      'bad-userns',
      `--userns ${mode} cannot be used with ${namespaceFlags[first.kind]}: the user namespace that owns what is joined is joined, too`,
    );
  }
  const shares = (kind: string): boolean => joined.some((one) => one.kind === kind);
  const taken: [boolean, string][] = [
    [options.dns.length > 0, '--dns'],
    [options.dnsSearch.length > 0, '--dns-search'],
    [options.dnsOptions.length > 0, '--dns-option'],
    [options.addHosts.length > 0, '--add-host'],
  ];
  const flag = shares('network') ? taken.find(([asked]) => asked)?.[1] : undefined;
  if (flag !== undefined) {
    throw new BryoError(
      'bad-network',
      `${flag} cannot be used with a network that is shared: its owner has the files`,
    );
  }
  if (options.hostname !== null && !isOwn(options.uts)) {
    throw new BryoError('bad-flag-value', '--hostname cannot be used with --uts of others');
  }
  const helper = ['default', 'slirp4netns', 'pasta'].includes(options.network.mode);
  if (shares('pid') && helper) {
    throw new BryoError(
      'bad-network',
      '--pid of others needs --network none, host or container:NAME: a network helper could not be kept apart from what is in there',
    );
  }
}
