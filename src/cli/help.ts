import type { CommandEntry, CommandSpec, OptionSpec } from './command.ts';
import { commands, hiddenCommands } from './commands.ts';
import { globalOptions } from './global-options.ts';
import { nounManuals, nounsByTitle } from './noun-manuals.ts';
import { spelling } from './spelling.ts';

const indent = 2;
const widest = 34;
const lineWidth = 100;

/** `-e, --env KEY=VALUE`, `--pull[=POLICY]` */
export function optionSyntax(option: OptionSpec): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const text = option.bare === undefined ? ` ${option.value}` : `[=${option.value}]`;
  const value = option.value === undefined ? '' : text;
  return `${short}--${option.name}${value}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Two columns, the second one wrapped. */
export function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const column = Math.min(widest, Math.max(...rows.map(([left]) => left.length))) + indent;
  const text: string[] = [];
  for (const [left, right] of rows) {
    const [first = '', ...more] = wrap(right, lineWidth - column - indent);
    const start = `${' '.repeat(indent)}${left}`;
    if (left.length > widest) {
      text.push(start, `${' '.repeat(column + indent)}${first}`);
    } else {
      text.push(`${start.padEnd(column + indent)}${first}`);
    }
    text.push(...more.map((line) => `${' '.repeat(column + indent)}${line}`));
  }
  return text.join('\n');
}

/** An option's help, with its default. */
export function optionHelp(option: OptionSpec): string {
  const fallback = option.default ?? (option.on ? 'true' : undefined);
  return fallback === undefined ? option.help : `${option.help} (default: ${fallback})`;
}

/** The options of a help text, by name. */
export function optionRows(options: readonly OptionSpec[]): string {
  const sorted = [...options].sort((a, b) => a.name.localeCompare(b.name));
  return twoColumns(sorted.map((option) => [optionSyntax(option), optionHelp(option)]));
}

/** The parts of a command that its help is made of. */
export type HelpSpec = Pick<
  CommandSpec,
  'name' | 'summary' | 'synopsis' | 'options' | 'examples'
> & {
  aliases?: readonly string[];
};

/** The text of `bryo VERB --help`. */
export function commandHelp(spec: HelpSpec, program = 'bryo'): string {
  const parts = [
    `${spec.summary}`,
    `Usage:\n  ${program} ${[spec.name, '[OPTIONS]', spec.synopsis].filter(Boolean).join(' ')}`,
  ];
  if (spec.aliases !== undefined) parts.push(`Aliases:\n  ${spec.aliases.join(', ')}`);
  if (spec.examples.length > 0) {
    parts.push(`Examples:\n${spec.examples.map(({ command }) => `  ${command}`).join('\n')}`);
  }
  if (spec.options.length > 0) parts.push(`Options:\n${optionRows(spec.options)}`);
  return `${parts.join('\n\n')}\n`;
}

/** The text of `bryo NOUN --help`. */
export async function nounHelp(noun: CommandSpec['noun']): Promise<string> {
  const ofNoun = (list: readonly CommandEntry[]) => list.filter((entry) => entry.noun === noun);
  const shown = ofNoun(commands);
  const rows = await Promise.all(
    (shown.length > 0 ? shown : ofNoun(hiddenCommands)).map(
      async (entry) => [entry.nounVerbs[0] ?? '', (await entry.load()).summary] as const,
    ),
  );
  const usage = `Usage:\n  bryo ${noun} COMMAND [OPTIONS] [ARG...]`;
  return `${nounManuals[noun].summary}\n\n${usage}\n\nCommands:\n${twoColumns(rows)}\n`;
}

/** The text of `bryo --help`. */
export async function overviewHelp(): Promise<string> {
  const specs = await Promise.all(commands.map(({ load }) => load()));
  const groups = [...nounsByTitle()].map(([title, nouns]) => {
    const rows = nouns.flatMap((noun) => specs.filter((spec) => spec.noun === noun));
    return `${title}:\n${twoColumns(rows.map((spec) => [spelling(spec), spec.summary] as const))}`;
  });
  return `${[
    'Run containers as an ordinary user: no root, no daemon',
    'Usage:\n  bryo [GLOBAL OPTIONS] COMMAND [OPTIONS] [ARG...]',
    ...groups,
    `Global options:\n${optionRows(globalOptions)}`,
    "'bryo COMMAND --help' tells more about a command; 'bryo run hello' is a first container.",
  ].join('\n\n')}\n`;
}
