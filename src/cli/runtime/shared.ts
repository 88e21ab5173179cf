import { BryoError } from '../../base/errors.ts';
import { parseSignal } from '../../base/signals.ts';
import { becomeAttachClient } from '../../engine/start/start.ts';
import type { ParsedArguments } from '../command.ts';

/** Refuses what `refusedOptions` lists. */
export function refuseOptions(parsed: ParsedArguments): void {
  for (const name of ['no-pivot', 'no-new-keyring']) {
    if (parsed.flag(name)) throw new BryoError('usage', `--${name} is not supported`);
  }
  const fds = parsed.text('preserve-fds');
  if (fds !== null && fds !== '0') {
    throw new BryoError('usage', `--preserve-fds ${fds} is not supported`);
  }
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

/** The error of what only a control group can do. */
export function noControlGroup(verb: string, id: string): BryoError {
  return new BryoError('unsupported', `cannot ${verb} container ${id}: it has no control group`);
}
