import type { CommandSpec, OptionSpec } from '../command.ts';
import { optionHelp } from '../help.ts';
import type { RuntimeCommand } from '../runtime/command.ts';
import { spelling } from '../spelling.ts';
import { heading, prose, roff } from './roff.ts';

function optionEntry(option: OptionSpec): string {
  const short = option.short === undefined ? '' : `\\fB\\-${option.short}\\fP, `;
  const text = `=\\fI${roff(option.value ?? '')}\\fP`;
  const shown = option.bare === undefined ? text : `[${text}]`;
  const value = option.value === undefined ? '' : shown;
  return `.TP\n${short}\\fB\\-\\-${roff(option.name)}\\fP${value}\n${prose(optionHelp(option))}.`;
}

function optionEntries(options: readonly OptionSpec[]): string {
  return [...options]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(optionEntry)
    .join('\n');
}

/** The man page of a command. */
export function commandPage(spec: CommandSpec, version: string): string {
  const synopsis = ['[OPTIONS]', spec.synopsis].filter(Boolean).join(' ');
  const examples = spec.examples.map(
    ({ command, says }) => `.TP\n${prose(says)}\n.EX\n$ ${roff(command)}\n.EE`,
  );
  const parts = [
    heading(`bryo-${spec.name}`, 1, version),
    `.SH NAME\nbryo\\-${roff(spec.name)} \\- ${roff(spec.summary)}`,
    `.SH SYNOPSIS\n\\fBbryo ${spelling(spec)}\\fP ${roff(synopsis)}`,
    `.SH DESCRIPTION\n${spec.description.map(prose).join('\n.PP\n')}`,
  ];
  if (spec.options.length > 0) parts.push(`.SH OPTIONS\n${optionEntries(spec.options)}`);
  if (examples.length > 0) parts.push(`.SH EXAMPLES\n${examples.join('\n')}`);
  parts.push(`.SH SEE ALSO\n\\fBbryo\\fP(1), \\fBbryo\\-${spec.noun}\\fP(1)`);
  return `${parts.join('\n')}\n`;
}

/** The man page of the OCI runtime's command line, with all its commands. */
export function runtimePage(
  commands: readonly RuntimeCommand[],
  globals: readonly OptionSpec[],
  version: string,
): string {
  const sections = commands.map((command) => {
    const synopsis = ['[OPTIONS]', command.synopsis].filter(Boolean).join(' ');
    const text = [`.SS ${command.name} ${roff(synopsis)}`, `${prose(command.summary)}.`];
    text.push(...command.description.map((paragraph) => `.PP\n${prose(paragraph)}`));
    if (command.options.length > 0) text.push(optionEntries(command.options));
    return text.join('\n');
  });
  const parts = [
    heading('bryo-oci', 1, version),
    '.SH NAME\nbryo\\-oci \\- run OCI bundles without root',
    '.SH SYNOPSIS\n\\fBbryo\\-oci\\fP [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]\n.br\n\\fBbryo runtime\\fP …',
    '.SH DESCRIPTION\nAn OCI runtime with the command line of \\fBrunc\\fP(8), for other container engines and for bundles made by hand. It needs no root: a configuration must ask for a user namespace, or the caller be root of one. A property that cannot be honoured is an error that names it; only \\fIlinux.resources\\fP is a warning where no control group can be had.\n.PP\nTo make podman use it: \\fBpodman \\-\\-runtime /usr/local/bin/bryo\\-oci run\\fP …; with \\fB\\-\\-cgroups=disabled\\fP podman wants \\fIruntime_supports_nocgroup=["bryo\\-oci"]\\fP in containers.conf(5).',
    `.SH GLOBAL OPTIONS\n${optionEntries(globals)}`,
    `.SH COMMANDS\n${sections.join('\n')}`,
    '.SH EXIT STATUS\n1 when bryo\\-oci itself failed; that of the process for run and exec.',
    '.SH FILES\n.TP\n\\fI$XDG_RUNTIME_DIR/bryo\\-oci\\fP\nThe state of containers; /run/bryo\\-oci for root.',
    '.SH SEE ALSO\n\\fBbryo\\fP(1), \\fBrunc\\fP(8)',
  ];
  return `${parts.join('\n')}\n`;
}

/** The man page of bryo itself. */
export function overviewPage(
  specs: readonly CommandSpec[],
  globals: readonly OptionSpec[],
  version: string,
): string {
  const list = specs.map(
    ({ name, summary }) => `.TP\n\\fBbryo\\-${roff(name)}\\fP(1)\n${prose(summary)}.`,
  );
  const parts = [
    heading('bryo', 1, version),
    '.SH NAME\nbryo \\- run containers as an ordinary user',
    '.SH SYNOPSIS\n\\fBbryo\\fP [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]',
    '.SH DESCRIPTION\nbryo pulls, stores and runs OCI images without root and without a daemon. Its command line is that of \\fBpodman\\fP(1).',
    `.SH COMMANDS\n${list.join('\n')}`,
    `.SH GLOBAL OPTIONS\nThey come before the command.\n${optionEntries(globals)}`,
    '.SH EXIT STATUS\n125 when bryo itself failed, 126 when a container command cannot be executed, 127 when it cannot be found, else that of the command.',
    '.SH FILES\n.TP\n\\fI$XDG_DATA_HOME/bryo\\fP\nImages (an OCI image layout), layers, containers and volumes.\n.TP\n\\fI$XDG_RUNTIME_DIR/bryo\\fP\nSockets; may be wiped at any time.',
  ];
  return `${parts.join('\n')}\n`;
}
