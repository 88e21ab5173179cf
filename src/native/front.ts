import { names } from '../contract/names.ts';
import { addon } from './addon.ts';
import { sendWords } from './words.ts';

let socket: number | null = null;

/** Finds the front that this process is a child of, and takes it out of the environment. */
export function findFront(environment: NodeJS.ProcessEnv = process.env): void {
  const text = environment[names.frontVariable];
  delete environment[names.frontVariable];
  if (text !== undefined && /^\d{1,7}$/.test(text)) socket = Number(text);
}

function send(words: readonly string[], fds: number[]): void {
  if (socket !== null) sendWords(socket, words, fds);
}

/**
 * Signals are for the payload that is about to be started: the front keeps them for it, and this
 * process ignores them, so that none comes between its start and its attach client. Without a
 * front it does nothing.
 */
export function leaveSignalsToPayload(): void {
  if (socket === null) return;
  addon().ignoreSignals();
  send([names.startingMessage], []);
}

/** Takes them back: this process has handlers for them now, and stays. */
export function takeSignalsBack(): void {
  send([names.commandMessage], []);
}

/** The process that this one is a child of and will be the attach client; null: this one itself. */
export function frontPid(): number | null {
  return socket === null ? null : process.ppid;
}

/**
 * Makes the front the attach client with these arguments (addon/attach/attach.h), and a connection
 * in `fds` for `--fd`; this process ends. Returns when there is no front.
 */
export function letFrontAttach(argv: readonly string[], fds: number[]): void {
  if (socket === null) return;
  send([names.attachMessage, ...argv], fds);
  addon().exitAtOnce();
}
