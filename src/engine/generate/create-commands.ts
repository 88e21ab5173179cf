/** The command line that made a container, taken apart. */
export interface CreateCommand {
  /** Before the verb. */
  globals: string[];
  /** Flags of `run` that a service keeps. */
  flags: string[];
  /** The image and what comes after it. */
  rest: string[];
  /** The word of --sdnotify, which says who tells that the service is ready; null: there is none. */
  sdnotify: string | null;
}

/** The command line that made a pod, taken apart. Its name is left out. */
export type PodCommand = Pick<CreateCommand, 'globals' | 'flags'>;

/** Reads the words that made a container or a pod, by the flags of the command line. */
export interface CreateCommandReader {
  /** The flags before the verb: they tell the store. */
  globals(words: readonly string[]): string[];
  /** Throws BryoError `no-create-command` when the container of that name was not made so. */
  container(name: string, words: readonly string[]): Promise<CreateCommand>;
  /** Throws BryoError `no-create-command` when the pod of that name was not made so. */
  pod(name: string, words: readonly string[]): Promise<PodCommand>;
}
