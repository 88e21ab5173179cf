import { BryoError, exitCodes, withExitCode } from '../../base/errors.ts';
import type { Invocation } from '../command.ts';
import { printError, printLine } from '../context.ts';
import type { Choice } from './choose.ts';

/** Of a container that cannot be started only the exit status of `run` tells more than 125. */
export async function asStart<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof BryoError ? withExitCode(error, exitCodes.engine) : error;
  }
}

/** Tells a failure of one of several; gives the exit status for it. */
function tell(invocation: Invocation, error: unknown): number {
  printError(invocation.context, error);
  const code = error instanceof BryoError ? error.exitCode : exitCodes.engine;
  // docker has 125 for `run` alone.
  return invocation.context.dialect === 'docker' && code === exitCodes.engine ? 1 : code;
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
  return forEachChosen(invocation, { names, bySearch: false }, action);
}

/** As {@link forEachName} for chosen containers: those that have vanished since are passed over. */
export async function forEachChosen(
  invocation: Invocation,
  { names, bySearch }: Choice,
  action: (name: string) => Promise<string | null>,
): Promise<number> {
  let status = 0;
  for (const name of names) {
    try {
      const line = await action(name);
      if (line !== null) printLine(invocation.context, line);
    } catch (error) {
      const absent = error instanceof BryoError && error.code === 'no-such-container';
      if (absent && bySearch) continue;
      const code = tell(invocation, error);
      if (status === 0) status = code;
    }
  }
  return status;
}

/**
 * As forEachChosen, but all begin at once and are then awaited in their order: whoever has to wait
 * for several waits only as long as for the slowest.
 */
export async function forEachTogether(
  invocation: Invocation,
  choice: Choice,
  action: (name: string) => Promise<string | null>,
): Promise<number> {
  const begun = choice.names.map((name) => action(name));
  // A failure is told when it is its turn, not by the process.
  for (const promise of begun) promise.catch(() => {});
  let at = 0;
  return forEachChosen(invocation, choice, async () => {
    const promise = begun[at] ?? Promise.resolve(null);
    at += 1;
    return promise;
  });
}
