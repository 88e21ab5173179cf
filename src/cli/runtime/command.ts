import type { RuntimeManager } from '../../oci/cgroup.ts';
import type { RuntimeRoot } from '../../oci/state.ts';
import type { OptionSpec, ParsedArguments } from '../command.ts';
import { preserveFdsOption } from '../options/shared.ts';
import type { Output } from '../output.ts';

/** The surroundings of a runtime command. */
export interface RuntimeContext {
  root: RuntimeRoot;
  cgroupManager: RuntimeManager;
  stdout: Output;
  stdin: NodeJS.ReadStream;
  /** Tells something that does not stop the command: to the log, else to standard error. */
  warn(message: string): void;
  /** Tells what is done, when the caller wants to know (`--debug`). */
  debug(message: string): void;
}

/** A command of the OCI runtime's command line, `bryo-oci`. */
export interface RuntimeCommand {
  name: string;
  aliases?: readonly string[];
  summary: string;
  synopsis: string;
  arguments: { min: number; max: number; kind: 'none' };
  passthrough?: boolean;
  options: readonly OptionSpec[];
  description: readonly string[];
  /** Resolves with the exit status. */
  run(parsed: ParsedArguments, context: RuntimeContext): Promise<number>;
}

export function defineRuntimeCommand(command: RuntimeCommand): RuntimeCommand {
  return command;
}

export const bundleOption: OptionSpec = {
  name: 'bundle',
  short: 'b',
  value: 'DIRECTORY',
  default: '.',
  help: 'directory that holds config.json and the root filesystem',
};

export const configOption: OptionSpec = {
  name: 'config',
  short: 'f',
  value: 'FILE',
  default: 'config.json',
  help: "crun's flag: the configuration, in the bundle or by an absolute path",
};

export const pidFileOption: OptionSpec = {
  name: 'pid-file',
  value: 'FILE',
  help: "write the process's id to this file",
};

export const consoleSocketOption: OptionSpec = {
  name: 'console-socket',
  value: 'SOCKET',
  help: 'unix socket that gets the terminal',
};

/** Flags of `create` and `run`. */
export const launchOptions: readonly OptionSpec[] = [
  preserveFdsOption,
  {
    name: 'no-pivot',
    help: 'cover the old root filesystem instead of giving it up: for hosts that run from their initial one',
  },
  { name: 'no-new-keyring', help: "share the caller's session keyring" },
  {
    name: 'no-subreaper',
    help: "runc's flag: the caller's subreaper adopts what is left; always so",
  },
];
