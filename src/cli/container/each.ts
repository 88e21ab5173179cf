import { BryoError } from '../../base/errors.ts';
import { stateName, viewContainers } from '../../engine/describe.ts';
import type { Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { describeError } from '../failure.ts';

/** Whether a container of this state has living processes. */
export function isUp(status: string): boolean {
  return ['running', 'paused', 'restarting'].includes(status);
}

/** The containers a verb is to act on: those named, or with --all every one of a status. */
export function chosenContainers(
  invocation: Invocation,
  fits: (status: string) => boolean,
  all = invocation.flag('all'),
): readonly string[] {
  const { args, context } = invocation;
  if (!all) {
    if (args.length > 0) return args;
    throw new BryoError('usage', 'you must provide at least one name or id', {
      hint: 'or --all',
    });
  }
  if (args.length > 0) {
    throw new BryoError('usage', '--all and names exclude each other');
  }
  return viewContainers(context.engine.store)
    .filter(({ state }) => fits(stateName(state)))
    .map(({ record }) => record.id);
}

/**
 * Does something for each name and prints what it gives back. A failure is told at once and the
 * others still get their turn; the exit status is that of the first failure.
 */
export async function forEachName(
  invocation: Invocation,
  names: readonly string[],
  action: (name: string) => Promise<string | null>,
): Promise<number> {
  const { context } = invocation;
  let status = 0;
  for (const name of names) {
    try {
      const line = await action(name);
      if (line !== null) printLine(context, line);
    } catch (error) {
      context.stderr.write(`Error: ${describeError(error)}\n`);
      const code = error instanceof BryoError ? error.exitCode : 125;
      if (status === 0) status = code;
    }
  }
  return status;
}
