import { BryoError } from '../base/errors.ts';
import { printable } from '../base/text.ts';

/** A place that an error names. */
export interface Where {
  file: string;
  line: number;
}

const shownLength = 120;

/** A line of a hostile file, for an error message: without controls, and short. */
function shown(text: string): string {
  const whole = printable(text.trim());
  return whole.length > shownLength ? `${whole.slice(0, shownLength)}…` : whole;
}

/**
 * The error of a Containerfile: file, line, the line itself, and what is wrong with it.
 *
 * `text` is the line; null where the file as a whole is wrong.
 */
export function problem(
  { file, line }: Where,
  text: string | null,
  why: string,
  hint?: string,
): BryoError {
  const where = text === null ? `${file}:${line}` : `${file}:${line}: ${shown(text)}`;
  return new BryoError('bad-containerfile', `${printable(where)}: ${why}`, {
    ...(hint !== undefined && { hint }),
  });
}

/** Why words cannot be read; whoever knows the line makes a `problem` of it. */
export class Refusal extends Error {
  readonly hint: string | undefined;

  constructor(why: string, hint?: string) {
    super(why);
    this.hint = hint;
  }
}

/** Runs what may refuse, and says of a refusal where it was. */
export function at<T>(where: Where, text: string | null, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw problem(where, text, error.message, error.hint);
  }
}
