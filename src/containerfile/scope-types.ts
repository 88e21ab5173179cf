import type { ArgumentDeclaration, StageInstruction } from './instructions.ts';

/**
 * The variables of a stage while its instructions are carried out one after the other
 * (Dockerfile reference, "ARG" and "Environment replacement").
 */
export interface StageScope {
  /**
   * The instruction with its variables replaced; ARG and ENV also change what the next ones see. The values of an
   * ARG are those that hold, `--build-arg` first. Throws BryoError `bad-containerfile`.
   */
  expand(instruction: StageInstruction): StageInstruction;
  /** The arguments that RUN gets beside the image's environment, in the order of their declaration. */
  runArguments(): { name: string; value: string }[];
  /** Proxies that were given and not declared: RUN gets them as well, and the history does not show them. */
  proxies(): { name: string; value: string }[];
  /** All arguments that were declared so far, with the values that hold; null: none. */
  declared(): readonly ArgumentDeclaration[];
}
