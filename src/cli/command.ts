import type { CliContext } from './context.ts';

/** One flag of a command. This table drives the parser, --help, man pages and completions. */
export interface OptionSpec {
  /** Long name without dashes. */
  name: string;
  /** A single letter. */
  short?: string;
  /** Further long names that mean the same. */
  aliases?: readonly string[];
  /** The name of the value, in capitals; absent: a switch (`--rm`, `--rm=false`). */
  value?: string;
  /** The value that `--name` has without one; another is given as `--name=value` alone then. */
  bare?: string;
  /** May be given several times; every value counts. */
  repeat?: boolean;
  /** Switches only: on unless `--name=false` is given. */
  on?: boolean;
  /** Shown in the help; the handler applies it. */
  default?: string;
  /** Values worth completing. */
  choices?: readonly string[];
  /** Says what the flag does, in a phrase or two, without a final stop. */
  help: string;
}

/** Kinds of things that a command's positional arguments name, for completion. */
export type ArgumentKind =
  | 'container'
  | 'image'
  | 'file'
  | 'volume'
  | 'network'
  | 'pod'
  | 'secret'
  | 'none';

/** The kind of thing that a command is about. */
export type Noun =
  | 'container'
  | 'healthcheck'
  | 'image'
  | 'manifest'
  | 'volume'
  | 'pod'
  | 'secret'
  | 'quadlet'
  | 'generate'
  | 'kube'
  | 'play'
  | 'machine'
  | 'network'
  | 'context'
  | 'buildx'
  | 'system';

/** A command in its help and on its man page. */
export interface CommandManual {
  summary: string;
  /** Positional arguments as the synopsis shows them. */
  synopsis: string;
  /** Paragraphs of the man page. */
  description: readonly string[];
  examples: readonly { command: string; says: string }[];
}

/** A command: how it is called, what is said of it, and what it does. */
export interface CommandSpec extends CommandManual {
  /** `run`; `volume-create` for what is only reached as `bryo volume create`. */
  name: string;
  /** `bryo <noun> <verb>` spells the command as well. */
  noun: Noun;
  aliases?: readonly string[];
  /** Smallest and largest number of positional arguments. */
  arguments: { min: number; max: number; kind: ArgumentKind };
  /** All words after the first positional argument belong to the container's command. */
  passthrough?: boolean;
  /** All words are another program's, flags as well. */
  verbatim?: boolean;
  options: readonly OptionSpec[];
  /** Under docker's name: flags that take the place of those of the same name, or are added. */
  dockerOptions?: readonly OptionSpec[];
  /** Flags that others have and this command refuses, with the reason. */
  refused?: Readonly<Record<string, string>>;
  /** Resolves with the exit status. */
  run(invocation: Invocation): Promise<number>;
}

/** A parsed command line. */
export interface ParsedArguments {
  args: readonly string[];
  flag(name: string): boolean;
  /** Whether the option was given at all; false for one that the command does not have. */
  given(name: string): boolean;
  /** The last value given, or null. */
  text(name: string): string | null;
  texts(name: string): readonly string[];
}

/** A verb and the module that handles it; only the one that argv names is loaded. */
export interface CommandEntry {
  names: readonly string[];
  noun: CommandSpec['noun'];
  /** Verbs under the noun. */
  nounVerbs: readonly string[];
  /** Only reached through the noun. */
  nested: boolean;
  /** Starts a container or a process in one, as a rule: a launcher is made ready meanwhile. */
  launches: boolean;
  load(): Promise<CommandSpec>;
}

/** A parsed command line with what a command works on. */
export interface Invocation extends ParsedArguments {
  context: CliContext;
  /** Every command, for those that tell of others. */
  commands: readonly CommandEntry[];
}

/** Declares a command; exists for its type. */
export function defineCommand(spec: CommandSpec): CommandSpec {
  return spec;
}
