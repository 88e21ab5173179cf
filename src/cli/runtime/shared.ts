import { BryoError } from '../../base/errors.ts';
import { parseSignal } from '../../base/signals.ts';
import { becomeAttachClient } from '../../engine/containers/start/attach-client.ts';
import { type InheritedDescriptors, inheritDescriptors } from '../../native/inherited-fds.ts';
import type { ParsedArguments } from '../command.ts';

/** --preserve-fds, and the sockets of socket activation. */
export function readInherited(parsed: ParsedArguments): InheritedDescriptors {
  const text = parsed.text('preserve-fds') ?? '0';
  if (!/^\d{1,3}$/.test(text)) {
    throw new BryoError(
      'usage',
      `invalid --preserve-fds ${JSON.stringify(text)}: a number is needed`,
    );
  }
  return inheritDescriptors(Number(text));
}

/** The values of the flags in `launchOptions`. */
export function readLaunchFlags(parsed: ParsedArguments) {
  return {
    inherited: readInherited(parsed),
    noPivot: parsed.flag('no-pivot'),
    noNewKeyring: parsed.flag('no-new-keyring'),
  };
}

export function readSignal(text: string): number {
  const signal = parseSignal(text);
  if (signal === null) throw new BryoError('usage', `unknown signal ${JSON.stringify(text)}`);
  return signal;
}

/** Stays with a process as the native attach client; without one its caller goes on. */
export function stayWith(running: { client: number | null; terminal: boolean }): number {
  const { client, terminal } = running;
  if (client === null) return 0;
  return becomeAttachClient(
    { kind: 'fd', fd: client },
    { tty: terminal, stdin: terminal, detachKeys: '', sigProxy: true },
  );
}

/** The one positional argument. */
export function containerId(parsed: ParsedArguments): string {
  return parsed.args[0] ?? '';
}
