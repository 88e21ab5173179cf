import type { TerminalSize } from '../../engine/start/monitor-input.ts';
import type { CliContext } from '../context.ts';

/** The size of the caller's terminal; null when there is none. */
export function terminalSize(context: CliContext): TerminalSize | null {
  return context.stdout.terminal;
}
