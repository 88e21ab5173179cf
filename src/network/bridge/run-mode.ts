import { closeSync, openSync, readSync } from 'node:fs';
import { addon } from '../../native/addon.ts';
import { ownEnvironment } from '../../native/environment.ts';
import { libexecPath } from '../../native/locate.ts';

/** The modes of the launcher that change the networks of the user's bridges (addon/net/connect.h, addon/net/lan.h, addon/net/lan_port.h). */
export type BridgeMode =
  | 'connect'
  | 'disconnect'
  | 'remove-bridge'
  | 'lan'
  | 'lan-port'
  | 'dhcp-lease'
  | 'net-probe';

/** The answer of a mode, once it has done its work. */
function readAnswer(fd: number): string {
  const buffer = Buffer.alloc(4096);
  let text = '';
  for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer)) {
    text += buffer.toString('utf8', 0, size);
  }
  return text;
}

/** Runs a mode with `words` for arguments; its descriptors from 3 on are `fds`. Gives its answer. */
export function askBridgeMode(
  mode: BridgeMode,
  { words, fds }: { words: readonly string[]; fds: readonly number[] },
): string {
  const native = addon();
  const [answer, theirs] = native.pipe();
  const none = openSync('/dev/null', 'r+');
  try {
    const argv = ['bryo-launcher', mode, ...words];
    native.spawn(libexecPath('bryo-launcher'), argv, ownEnvironment(), [
      none,
      theirs,
      none,
      ...fds,
    ]);
  } finally {
    closeSync(theirs);
    closeSync(none);
  }
  try {
    return readAnswer(answer) || 'bryo-launcher was killed';
  } finally {
    closeSync(answer);
  }
}

/** As askBridgeMode, for a mode that only acts. Gives what has gone wrong; null: nothing has. */
export function runBridgeMode(
  mode: BridgeMode,
  surroundings: { words: readonly string[]; fds: readonly number[] },
): string | null {
  const text = askBridgeMode(mode, surroundings);
  return text === 'ok' ? null : text;
}
