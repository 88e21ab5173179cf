import type { PullProgress } from '../image/progress.ts';

/** A step of a stage. Stages and steps count from 1; of stages only those that the target needs. */
export interface BuildStep {
  stage: number;
  stages: number;
  number: number;
  count: number;
  /** The instruction as its file has it. */
  text: string;
}

/** The listener to a build. Stages that run at the same time tell of themselves in between each other. */
export interface BuildProgress {
  step(step: BuildStep): void;
  /** The step's result is that of an earlier build: the id (hex) of the image so far. */
  cached(stage: number, id: string): void;
  /** The step is done: the id (hex) of the image so far. */
  made(stage: number, id: string): void;
  output(stage: number, stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  /** The image of the target is about to enter the store; null: without a name. */
  commit(stage: number, name: string | null): void;
  tagged(name: string): void;
  /** An image is pulled. */
  pull(event: PullProgress): void;
  warn(message: string): void;
}
