import type { CommandSpec, Noun, OptionSpec } from './command.ts';
import { commands } from './commands.ts';
import { nouns } from './find-command.ts';
import { globalOptions } from './global-options.ts';
import type { HelpSpec } from './help.ts';

/** Programs read podman's help: its sections, the types of values, and defaults in its form. */

/** The type of a value as pflag calls it. */
function typeOf({ value, repeat, default: fallback }: OptionSpec): string {
  if (value === undefined) return '';
  if (repeat === true) return ' stringArray';
  const isNumber = /^-?\d+$/.test(fallback ?? '') || ['N', 'LEVEL'].includes(value);
  return isNumber ? ' int' : ' string';
}

function defaultOf({ value, on, default: fallback }: OptionSpec): string {
  if (on === true) return ' (default true)';
  if (fallback === undefined) return '';
  const isText = value !== undefined && !/^-?\d+$/.test(fallback);
  return ` (default ${isText ? JSON.stringify(fallback) : fallback})`;
}

/** Rows of two columns, each in a line of its own however long it is. */
function rows(list: readonly (readonly [string, string])[]): string {
  const width = Math.max(...list.map(([left]) => left.length)) + 3;
  return list.map(([left, right]) => `  ${left.padEnd(width)}${right}\n`).join('');
}

function optionLines(options: readonly OptionSpec[]): string {
  const sorted = [...options].sort((a, b) => a.name.localeCompare(b.name));
  return rows(
    sorted.map((option) => {
      const short = option.short === undefined ? '    ' : `-${option.short}, `;
      return [`${short}--${option.name}${typeOf(option)}`, `${option.help}${defaultOf(option)}`];
    }),
  );
}

/** The arguments of a command in capitals, as podman has them: `SHOW|SET [REGISTRY]`. */
function argumentsOf({ synopsis }: HelpSpec): string {
  return synopsis.toUpperCase();
}

/** The text of `podman VERB --help`; `words` are those that name the command. */
export function podmanCommandHelp(
  spec: HelpSpec & Pick<CommandSpec, 'description'>,
  program: string,
  words: string,
): string {
  const options = spec.options.length === 0 ? '' : ' [options]';
  const usage = `  ${program} ${words}${options} ${argumentsOf(spec)}`.trimEnd();
  const description = spec.description.map((text) => `  ${text}\n`).join('\n');
  const parts = [
    `${spec.summary}\n`,
    `Description:\n${description}`,
    `Usage:\n${usage}\n`,
    ...(spec.examples.length === 0
      ? []
      : [
          `Examples:\n${spec.examples
            .map(({ command }) => `  ${command.replace(/^bryo/, program)}\n`)
            .join('')}`,
        ]),
    ...(spec.options.length === 0 ? [] : [`Options:\n${optionLines(spec.options)}`]),
  ];
  return parts.join('\n');
}

const aboutNouns: Partial<Record<Noun, string>> = {
  generate: '[DEPRECATED] Generate systemd units',
};

function aboutNoun(noun: Noun): string {
  return aboutNouns[noun] ?? `Commands about ${noun}`;
}

/** The text of `podman NOUN --help`. */
export async function podmanNounHelp(noun: Noun, program: string): Promise<string> {
  const entries = commands.filter((entry) => entry.noun === noun && entry.nounVerbs.length > 0);
  const list = await Promise.all(
    entries.map(async (entry) => [entry.nounVerbs[0] ?? '', (await entry.load()).summary] as const),
  );
  const usage = `Usage:\n  ${program} ${noun} [command]\n`;
  return [`${aboutNoun(noun)}\n`, usage, `Available Commands:\n${rows(list)}`].join('\n');
}

/** The text of `podman --help`. */
export async function podmanOverview(program: string): Promise<string> {
  const direct = commands.filter(({ nested }) => !nested);
  const verbs = await Promise.all(
    direct.map(async (entry) => [entry.names[0] ?? '', (await entry.load()).summary] as const),
  );
  const list = [...verbs, ...nouns.map((noun) => [noun, aboutNoun(noun)] as const)];
  list.sort(([a], [b]) => a.localeCompare(b));
  return [
    'Manage pods, containers and images\n',
    `Usage:\n  ${program} [options] [command]\n`,
    `Available Commands:\n${rows(list)}`,
    `Options:\n${optionLines(globalOptions)}`,
  ].join('\n');
}
