import type { OptionSpec } from '../command.ts';
import { commandHelp, optionRows, twoColumns } from '../help.ts';
import type { RuntimeCommand } from './command.ts';
import { runtimeCommands } from './commands.ts';

/** The text of `bryo-oci VERB --help`. */
export function runtimeCommandHelp(command: RuntimeCommand): string {
  return commandHelp({ ...command, examples: [] }, 'bryo-oci');
}

/** The text of `bryo-oci --help`. */
export async function runtimeHelp(options: readonly OptionSpec[]): Promise<string> {
  const commands = await Promise.all(runtimeCommands.map(({ load }) => load()));
  const rows = commands.map(({ name, summary }) => [name, summary] as const);
  return `${[
    'Run OCI bundles without root: the runtime for other container engines',
    'Usage:\n  bryo-oci [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]',
    `Commands:\n${twoColumns(rows)}`,
    `Global options:\n${optionRows(options)}`,
  ].join('\n\n')}\n`;
}
