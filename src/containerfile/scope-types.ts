import type { ArgumentDeclaration, StageInstruction } from './instructions.ts';

/**
 * The variables of a stage while its instructions are carried out one after the other
 * (Dockerfile reference, "ARG" and "Environment replacement").
 */
export interface StageScope {
  /**
   * The instruction with its variables replaced; ARG and ENV also change what the next ones see.
   * Throws BryoError `bad-containerfile`.
   */
  expand(instruction: StageInstruction): StageInstruction;
  /** The arguments that RUN gets beside the image's environment, in the order of their declaration. */
  runArguments(): { name: string; value: string }[];
  /** Declared here, with defaults replaced: what the history shows before a command. */
  declared(): readonly ArgumentDeclaration[];
}
