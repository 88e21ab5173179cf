import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { bytesOfName } from '../base/file-names.ts';
import type { IdMap, IdMapping } from '../base/id-map.ts';
import { libexecPath } from '../native/locate.ts';
import { usernsArgv } from '../native/userns.ts';
import { workerMessage } from './worker.ts';

/**
 * A root beneath which paths are resolved: a directory of the host's, or a container's. With `idMap`
 * owners are read as root of a namespace with that mapping sees them: the caller is 0.
 */
export type TreeRoot =
  | { kind: 'host'; directory: string; idMap?: IdMap }
  | { kind: 'container'; pid: number; startTicks: number };

/**
 * A thing to be sent: a path beneath the root and the name it is sent under. An empty name means what is in
 * the directory, without what is mounted there; a dot means the same with that.
 */
export interface Sender {
  root: TreeRoot;
  path: string;
  name: string;
  /** The error for what the worker says. */
  explain?(problem: string): BryoError;
}

export interface Receiver {
  root: TreeRoot;
  /** By `nameOfBytes`. */
  path: string;
  /** The path is a directory in which the entries of an archive go. */
  archive: boolean;
  /** Of a sent directory only what is in it. */
  contents: boolean;
  /** The path must be a directory: it ended with a slash. */
  directory: boolean;
  /** Links that lead nowhere yet are followed: what is sent is made there. */
  followLinks: boolean;
  /** Files may take the place of directories, and the reverse. */
  overwrite: boolean;
  /** Directories on the way are made, and with `directory` the path itself. */
  makeParents?: boolean;
  /** Directories that are there get the mode, owner and time of those that come. */
  describeDirectories?: boolean;
  /** `keep`, `self`, `user=` and a user of the container's, or `shiftedOwner`. */
  owner: string;
  /** The error for what the worker says. */
  explain?(problem: string): BryoError;
}

/** `owner` of a receiver that gives what belongs to an id of these mappings to the one that it stands for. */
export function shiftedOwner({ uids, gids }: Pick<IdMap, 'uids' | 'gids'>): string {
  const words = (mappings: readonly IdMapping[]): string =>
    mappings.map((one) => `${one.containerId}:${one.hostId}:${one.size}`).join(',');
  return `shift=${words(uids)}/${words(gids)}`;
}

/** Descriptor 3 is the root: opened here for the host, by the launcher for a container. */
export function startWorker(
  root: TreeRoot,
  args: readonly string[],
  stdio: ['ignore' | number, 'ignore' | 'pipe' | number],
): ChildProcess {
  const worker = [libexecPath('bryo-worker'), ...args];
  if (root.kind === 'container') {
    const words = ['--pid', String(root.pid), '--start', String(root.startTicks), '--', ...worker];
    return spawn(libexecPath('bryo-launcher'), ['enter', ...words], {
      stdio: [...stdio, 'pipe'],
    });
  }
  const fd = openSync(root.directory, 'r');
  try {
    const mapped = root.idMap && [libexecPath('bryo-launcher'), ...usernsArgv(root.idMap, worker)];
    const [program = '', ...rest] = mapped ?? worker;
    return spawn(program, rest, { stdio: [...stdio, 'pipe', fd] });
  } finally {
    closeSync(fd);
  }
}

/** O_PATH (open(2)), which Node has no name for. */
const pathOnly = 0o10000000;

/**
 * Sends a directory of the store, whose files belong to mapped ids. Itself may, too, and be closed
 * to the caller: only the worker reads it.
 */
function startInStore(
  directory: string,
  args: readonly string[],
  stdio: ['ignore' | number, 'ignore' | number],
  idMap: IdMap,
): ChildProcess {
  const fd = openSync(directory, pathOnly | constants.O_DIRECTORY);
  const argv = usernsArgv(idMap, [libexecPath('bryo-worker'), ...args]);
  try {
    return spawn(libexecPath('bryo-launcher'), argv, { stdio: [...stdio, 'pipe', fd] });
  } finally {
    closeSync(fd);
  }
}

/** Sends what is in a directory of the store as a tar. Throws BryoError `copy-failed`. */
export async function sendFromStore(
  directory: string,
  output: number,
  idMap: IdMap,
): Promise<void> {
  const problem = await ended(
    startInStore(directory, ['send', '.', ''], ['ignore', output], idMap),
  );
  if (problem !== null) throw new BryoError('copy-failed', problem);
}

/** Takes the tar of a descriptor into a directory of the store. Throws BryoError `copy-failed`. */
export async function receiveIntoStore(
  directory: string,
  input: number,
  idMap: IdMap,
): Promise<void> {
  const owner = idMap.kind === 'single' ? 'self' : 'keep';
  const args = ['receive', '.', 'ao', owner];
  const problem = await ended(startInStore(directory, args, [input, 'ignore'], idMap));
  if (problem !== null) throw new BryoError('copy-failed', problem);
}

/** Resolves with the worker's complaint; null when it has none. */
function ended(child: ChildProcess): Promise<string | null> {
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status === 0 ? null : workerMessage(messages)));
  });
}

function receiverArguments(receiver: Receiver): string[] {
  const bytes = bytesOfName(receiver.path);
  const plain = bytes.toString('utf8') === receiver.path;
  const letters: [boolean, string][] = [
    [receiver.archive, 'a'],
    [receiver.contents, 'c'],
    [receiver.directory, 'd'],
    [receiver.followLinks, 'l'],
    [receiver.overwrite, 'o'],
    [receiver.makeParents === true, 'p'],
    [receiver.describeDirectories === true, 'm'],
    [!plain, 'x'],
  ];
  const how = letters.map(([given, letter]) => (given ? letter : '')).join('');
  return ['receive', plain ? receiver.path : bytes.toString('hex'), how, receiver.owner];
}

/** Sends a tree as a tar to a descriptor. Throws BryoError `copy-failed`. */
export async function sendTree(sender: Sender, output: number): Promise<void> {
  const child = startWorker(sender.root, ['send', sender.path, sender.name], ['ignore', output]);
  const problem = await ended(child);
  if (problem !== null) throw sender.explain?.(problem) ?? new BryoError('copy-failed', problem);
}

/** Takes the tar of a descriptor in. Throws BryoError `copy-failed`. */
export async function receiveTree(receiver: Receiver, input: number): Promise<void> {
  const child = startWorker(receiver.root, receiverArguments(receiver), [input, 'ignore']);
  const problem = await ended(child);
  if (problem !== null) throw receiver.explain?.(problem) ?? new BryoError('copy-failed', problem);
}

/** Copies from one root to another. Throws BryoError `copy-failed`. */
export async function copyTree(
  sender: Sender,
  receiver: Receiver,
  pipe: [number, number],
): Promise<void> {
  await copyStream((output) => sendTree(sender, output), receiver, pipe);
}

/** Hands what is written to a descriptor, which is closed here, to a receiver. Throws BryoError `copy-failed`. */
export async function copyStream(
  send: (output: number) => Promise<void>,
  receiver: Receiver,
  pipe: [number, number],
): Promise<void> {
  const [input, output] = pipe;
  const sending = sendSettled(() => send(output));
  closeSync(output);
  const receiving = sendSettled(() => receiveTree(receiver, input));
  closeSync(input);
  const problems = await Promise.all([sending, receiving]);
  // A refusal of the receiver ends the sender, too; what the sender cannot read comes first.
  const [sent, received] = problems;
  const broken = sent instanceof BryoError && /broken pipe|was killed$/i.test(sent.message);
  if (sent !== null && !(broken && received !== null)) throw sent;
  if (received !== null) throw received;
  if (sent !== null) throw sent;
}

async function sendSettled(action: () => Promise<void>): Promise<unknown> {
  try {
    await action();
    return null;
  } catch (error) {
    return error;
  }
}

/** The receiver of all of an archive in a directory of the host, where the caller owns everything. */
export function callersDirectory(directory: string, explain: Receiver['explain']): Receiver {
  return {
    root: { kind: 'host', directory },
    path: '.',
    archive: true,
    contents: false,
    directory: true,
    followLinks: false,
    overwrite: true,
    owner: 'self',
    explain,
  };
}
