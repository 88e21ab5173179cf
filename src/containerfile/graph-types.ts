import type { InstructionOf, StageInstruction } from './instructions.ts';
import type { ArgumentValues } from './scope.ts';

/** Where a FROM, a `--from` or a `from=` takes its files. */
export type Source =
  | { kind: 'scratch' }
  | { kind: 'stage'; index: number }
  /** A `--build-context`, by its name. */
  | { kind: 'context'; name: string }
  /** `platform` as written; null: that of the build. */
  | { kind: 'image'; name: string; platform: string | null };

/** A stage: what one FROM begins. */
export interface Stage {
  index: number;
  /** In lower case; null: it has none but its number. */
  name: string | null;
  /** With its variables replaced. */
  from: InstructionOf<'from'>;
  base: Source;
  /** Triggers of the base image come first here once they are known (`withTriggers`). */
  instructions: StageInstruction[];
  /** Stages whose files it takes, its base among them; ascending. */
  needs: number[];
  /** The character that takes the meaning of the next one, in its file. */
  escapeToken: string;
}

/** The beginning of the variables of all stages. */
export interface GraphVariables {
  globals: ArgumentValues;
  /** `--build-arg`. */
  given: Readonly<Record<string, string>>;
}

/** The work of a build: pure, and for one platform. */
export interface BuildGraph {
  /** All stages of the files, in their order. */
  stages: Stage[];
  /** The stage that is asked for. */
  target: number;
  /** The stages that must be built for it, itself among them; ascending. */
  needed: number[];
  /** The platform that is built for: `linux/amd64`. */
  platform: string;
  /** The image is one for that platform by the user's word, whatever `FROM --platform` its target begins with. */
  platformAsked: boolean;
  /** Names of `--build-context`. */
  contexts: readonly string[];
  variables: GraphVariables;
}
