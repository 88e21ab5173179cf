import { BryoError } from '../../base/errors.ts';
import { parseSignal } from '../../base/signals.ts';
import {
  becomeAttachClient,
  runAttachClient,
} from '../../engine/containers/start/attach-client.ts';
import { type InheritedDescriptors, inheritOpenDescriptors } from '../../native/inherited-fds.ts';
import { listContainers, type RuntimeRoot } from '../../oci/state.ts';
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
  return inheritOpenDescriptors(Number(text));
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
  // Asks whether there is a process that could be sent one (kill(2)).
  if (text === '0') return 0;
  const signal = parseSignal(text);
  if (signal === null) throw new BryoError('usage', `unknown signal ${JSON.stringify(text)}`);
  return signal;
}

/** A process that may be stayed with. */
interface Running {
  /** The attach connection; null: it is left to itself. */
  client: number | null;
  terminal: boolean;
}

function clientOptions({ terminal }: Running) {
  return {
    tty: terminal,
    stdin: terminal,
    plainNewlines: terminal,
    detachKeys: '',
    sigProxy: true,
  };
}

/** Stays with a process as the native attach client; without one its caller goes on. */
export function stayWith(running: Running): number {
  if (running.client === null) return 0;
  return becomeAttachClient({ kind: 'fd', fd: running.client }, clientOptions(running));
}

/** Stays with a process for a caller that has something to do afterwards; resolves with the exit status. */
export async function stayAndReturn(running: Running): Promise<number> {
  if (running.client === null) return 0;
  return runAttachClient({ kind: 'fd', fd: running.client }, clientOptions(running));
}

/** Ids that an expression fits, anywhere in them, as crun has it. */
export function fittingIds(root: RuntimeRoot, expression: string): string[] {
  let pattern: RegExp;
  try {
    pattern = new RegExp(expression);
  } catch (cause) {
    throw new BryoError('usage', `invalid expression ${JSON.stringify(expression)}`, { cause });
  }
  return listContainers(root).flatMap(({ id }) => (pattern.test(id) ? [id] : []));
}

/** The one positional argument. */
export function containerId(parsed: ParsedArguments): string {
  return parsed.args[0] ?? '';
}
