import { BryoError, type BryoErrorOptions } from '../base/errors.ts';

/** The error of a command of RUN: the exit status becomes that of the build (podman-build(1)). */
export function commandFailed(exitCode: number, hint?: string): BryoError {
  const words = `while running runtime: exit status ${exitCode}`;
  return new BryoError('run-failed', words, { exitCode, ...(hint !== undefined && { hint }) });
}

/** Most characters of a step that an error shows. */
const shownLength = 1000;

function shortened(text: string): string {
  return text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}

/** The same error with the step that it came up in. */
export function atStep(error: unknown, text: string): unknown {
  if (!(error instanceof BryoError) || error.message.startsWith('building at STEP')) return error;
  const { code, message, hint, about, exitCode, cause } = error;
  const options: BryoErrorOptions = {
    exitCode,
    ...(hint !== undefined && { hint }),
    ...(about !== undefined && { about }),
    ...(cause !== undefined && { cause }),
  };
  return new BryoError(code, `building at STEP "${shortened(text)}": ${message}`, options);
}
