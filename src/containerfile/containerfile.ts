import { problem } from './errors.ts';
import type { Instruction } from './instructions.ts';
import { type Directives, readStatements, type Statement } from './lines.ts';
import { readInstruction } from './read-instruction.ts';

/** A Containerfile, read: its instructions in order, variables not replaced. */
export interface Containerfile {
  /** The name for errors. */
  file: string;
  directives: Directives;
  instructions: Instruction[];
  /** The instructions as they stand in the file, for those that look at how it is written. */
  statements: Statement[];
}

/**
 * Reads a Containerfile (Dockerfile reference). `file` is its name for errors.
 *
 * Throws BryoError `bad-containerfile` with the file, the line, the line itself and what is wrong with it.
 */
export function readContainerfile(text: string, file: string): Containerfile {
  const { directives, statements } = readStatements(text, file);
  if (statements.length === 0) {
    throw problem({ file, line: 1 }, null, 'no FROM statement found: there are no instructions');
  }
  const instructions = statements.map((one) => readInstruction(one, directives.escapeToken));
  return { file, directives, instructions, statements };
}

/** Reads the triggers that a base image has for those who build on it. */
export function readTriggers(triggers: readonly string[], image: string): Instruction[] {
  return triggers.flatMap((text, at) => {
    const file = `ONBUILD ${at + 1} of ${image}`;
    const { instructions } = readContainerfile(text, file);
    const wrong = instructions.find(({ kind }) => ['from', 'onbuild', 'maintainer'].includes(kind));
    if (wrong !== undefined) {
      const name = wrong.kind.toUpperCase();
      throw problem(wrong.place, wrong.text, `${name} isn't allowed as an ONBUILD trigger`);
    }
    return instructions;
  });
}
