import { closeSync, realpathSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { addon } from '../../native/addon.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { ownWords } from '../../native/locate.ts';
import { findProgram } from '../../native/programs.ts';
import { hostUser } from '../../native/user.ts';
import type { Store } from '../../store/paths.ts';

/** The owner of images. */
export type TransferEnd =
  | { kind: 'here' }
  /** Another user of this machine. */
  | { kind: 'user'; user: string }
  /** A machine that ssh(1) reaches. */
  | { kind: 'host'; host: string; port: string | null };

/** An image and whose it is: `[[USER@]HOST[:PORT][/SOCKET]::][IMAGE]`. */
export interface TransferPlace {
  end: TransferEnd;
  /** Empty: by the name that it has. */
  image: string;
}

/** Takes a place apart. Throws BryoError `bad-flag-value`. */
export function readTransferPlace(text: string): TransferPlace {
  const at = text.indexOf('::');
  if (at < 0) return { end: { kind: 'here' }, image: text };
  const image = text.slice(at + 2);
  // The socket of a service has no meaning: a command is called there.
  const place = text.slice(0, at).replace(/\/.*$/, '');
  const [, user] = /^([a-z_][a-z0-9_-]*)@localhost$/i.exec(place) ?? [];
  if (user !== undefined) return { end: { kind: 'user', user }, image };
  const [, host, port = null] =
    /^([\w.@][\w.@-]*|[\w.-]+@\[[0-9a-f:]+\])(?::(\d+))?$/i.exec(place) ?? [];
  if (host !== undefined) return { end: { kind: 'host', host, port }, image };
  throw new BryoError('bad-flag-value', `${JSON.stringify(text)}: [USER@]HOST::[IMAGE] is needed`);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command line that runs `words` of bryo's where the images are; `name` is what it is called elsewhere. */
function commandAt(
  end: TransferEnd,
  store: Store,
  name: string,
  words: readonly string[],
): string[] {
  const own = [realpathSync('/proc/self/exe'), ...ownWords()];
  switch (end.kind) {
    case 'here':
      return [...own, '--root', store.root, '--runroot', store.runroot, ...words];
    case 'user': {
      const entry = hostUser(end.user);
      if (entry === null) throw new BryoError('usage', `${end.user}: no such user`);
      const env = ['env', `HOME=${entry.home}`, `XDG_RUNTIME_DIR=/run/user/${entry.uid}`];
      const become = process.geteuid?.() === 0 ? 'runuser' : 'sudo';
      return [become, '-u', end.user, '--', ...env, ...own, ...words];
    }
    case 'host': {
      const port = end.port === null ? [] : ['-p', end.port];
      return ['ssh', ...port, '--', end.host, [name, ...words].map(quoted).join(' ')];
    }
  }
}

function start([program = '', ...words]: readonly string[], stdin: number, stdout: number): number {
  const path = program.startsWith('/') ? program : findProgram(program);
  if (path === null) throw new BryoError('usage', `${program} is not installed`);
  return addon().spawn(path, [program, ...words], ownEnvironment(), [stdin, stdout, 2]);
}

/**
 * Hands an image from one end to another as an archive, which is nowhere kept. Returns whether both have done their
 * part; they say themselves what was wrong.
 */
export function transferImage(
  store: Store,
  {
    source,
    target,
    name,
    quiet,
  }: { source: TransferPlace; target: TransferPlace; name: string; quiet: boolean },
): boolean {
  const save = commandAt(source.end, store, name, [
    'save',
    '--format',
    'oci-archive',
    source.image,
  ]);
  const load = commandAt(target.end, store, name, ['load', ...(quiet ? ['-q'] : [])]);
  const [read, write] = addon().pipe();
  let saver: number;
  let loader: number;
  try {
    saver = start(save, 0, write);
    loader = start(load, read, 1);
  } finally {
    closeSync(read);
    closeSync(write);
  }
  const loaded = addon().wait(loader) === 0;
  return addon().wait(saver) === 0 && loaded;
}
