import { BryoError } from '../base/errors.ts';

export interface CommandParts {
  imageEntrypoint: readonly string[];
  imageCommand: readonly string[];
  /** Null: the image's entrypoint holds. */
  entrypoint: readonly string[] | null;
  command: readonly string[];
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
  if (args.length === 0) {
    throw new BryoError(
      'no-command',
      'no command or entrypoint provided, and no CMD or ENTRYPOINT from image',
    );
  }
  return args;
}
