import { closeSync } from 'node:fs';
import { addon } from '../native/addon.ts';
import { ownEnvironment } from '../native/environment.ts';
import { libexecPath } from '../native/locate.ts';
import { sendWords } from '../native/words.ts';

/** A launcher that waits for its arguments (addon/launcher/spare.h). */
interface Spare {
  pid: number;
  socket: number;
}

let spare: Spare | null = null;

/**
 * Starts a launcher beside a command that will need one, before it knows what for: its start takes
 * as long as loading the rest of the command does. It ends with this process if nothing comes of it.
 */
export function prepareLauncher(): void {
  if (spare !== null) return;
  const native = addon();
  const [socket, theirs] = native.seqpacketPair();
  const argv = ['bryo-launcher', 'spare'];
  const fds = [0, 1, 2, theirs];
  try {
    const pid = native.spawn(libexecPath('bryo-launcher'), argv, ownEnvironment(), fds);
    spare = { pid, socket };
  } catch {
    // The launch itself will say what is wrong.
    closeSync(socket);
  } finally {
    closeSync(theirs);
  }
}

/**
 * Hands a launch to the spare launcher: arguments of mode `run` and the descriptors that they name. Its pid, or
 * null when there is none that could take it.
 */
export function launchWithSpare(argv: readonly string[], fds: number[]): number | null {
  if (spare === null) return null;
  const { pid, socket } = spare;
  spare = null;
  try {
    sendWords(socket, argv, fds);
    return pid;
  } catch {
    return null;
  } finally {
    closeSync(socket);
  }
}
