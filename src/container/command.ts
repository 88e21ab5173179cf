import { BryoError } from '../base/errors.ts';

export interface CommandParts {
  imageEntrypoint: readonly string[];
  imageCommand: readonly string[];
  /** Null: the image's entrypoint holds. */
  entrypoint: readonly string[] | null;
  command: readonly string[];
  /** Whether an image is there that should have said one. */
  hasImage: boolean;
}

/**
 * The argument vector: entrypoint followed by command. An entrypoint given on the command line also
 * sets the image's command aside (podman-run(1), --entrypoint).
 */
export function buildCommand(parts: CommandParts): string[] {
  const entrypoint = parts.entrypoint ?? parts.imageEntrypoint;
  const imageCommand = parts.entrypoint === null ? parts.imageCommand : [];
  const command = parts.command.length > 0 ? parts.command : imageCommand;
  const args = [...entrypoint, ...command];
  if (args.length === 0 && !parts.hasImage) {
    // The words of an OCI runtime, which podman leaves this to.
    throw new BryoError(
      'command-not-found',
      'executable file `` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
    );
  }
  if (args.length === 0) {
    throw new BryoError(
      'no-command',
      'no command or entrypoint provided, and no CMD or ENTRYPOINT from image',
    );
  }
  return args;
}
