import { resolve } from 'node:path';
import { badValue } from './values.ts';

/**
 * Private to the container, the host's, that of another container (its name, in a record its id), or
 * one at a path. IPC is `shareable` when others may have its /dev/shm, too; with `none` there is no
 * /dev/shm.
 */
export type NamespaceRequest =
  | 'private'
  | 'host'
  | 'shareable'
  | 'none'
  | { container: string }
  | { path: string };

/** Namespaces that containers share, each with its flag; that of user ids comes along. */
export const namespaceFlags = {
  network: '--network',
  pid: '--pid',
  ipc: '--ipc',
  uts: '--uts',
  cgroupns: '--cgroupns',
} as const;

export type NamespaceKind = keyof typeof namespaceFlags;

/** A namespace that is joined: of a container (its id) or at a path. */
export type Joined =
  | { kind: NamespaceKind; container: string }
  | { kind: NamespaceKind; path: string };

/** Whether a container has a namespace of its own. */
export function isOwn(request: NamespaceRequest): boolean {
  return typeof request === 'string' && request !== 'host';
}

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

/** The namespace that `--pid` and its like ask for; `own`: the words for one of its own, the usual one first. */
export function readNamespace(
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

/** As `inspect` shows a namespace (podman's words). */
export function namespaceText(request: NamespaceRequest): string {
  if (typeof request === 'string') return request;
  return 'container' in request ? `container:${request.container}` : `ns:${request.path}`;
}
