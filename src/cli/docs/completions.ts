import type { CommandSpec, Noun, OptionSpec } from '../command.ts';
import { nouns } from '../find-command.ts';
import { spelling } from '../spelling.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

function words(option: OptionSpec): string[] {
  const names = [`--${option.name}`];
  if (option.short !== undefined) names.push(`-${option.short}`);
  return names;
}

/** Shell functions that list what positional arguments may be. */
const lists = {
  container: "bryo ps -a --format '{{.Names}}' 2>/dev/null",
  pod: "bryo pod ps --format '{{.Name}}' 2>/dev/null",
  secret: "bryo secret ls --format '{{.Name}}' 2>/dev/null",
  image: "bryo images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null",
} as const;

function argumentList(spec: CommandSpec): string | null {
  const { kind } = spec.arguments;
  return kind in lists ? lists[kind as keyof typeof lists] : null;
}

function nestedNames(specs: readonly CommandSpec[]): string[] {
  return specs.filter(isNested).map(({ name }) => name);
}

function directNames(specs: readonly CommandSpec[]): string[] {
  return specs.filter((spec) => !isNested(spec)).map(({ name }) => name);
}

function isNested({ name, noun }: CommandSpec): boolean {
  return name.startsWith(`${noun}-`);
}

/** The verbs of a noun, as its second word. */
function verbsOf(specs: readonly CommandSpec[], noun: Noun): string[] {
  return specs.filter((spec) => spec.noun === noun).map((s) => s.name.replace(`${noun}-`, ''));
}

function nounLists(specs: readonly CommandSpec[]): string {
  const cases = nouns.map((noun) => `      ${noun}) list="${verbsOf(specs, noun).join(' ')}" ;;`);
  return ['      case $noun in', ...cases, '      esac'].join('\n');
}

function bash(specs: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const options = specs.map(
    (spec) => `    ${spec.name}) flags="${spec.options.flatMap(words).join(' ')} --help" ;;`,
  );
  const values = specs.map((spec) => {
    const list = argumentList(spec);
    return list === null ? '' : `    ${spec.name}) list=$(${list}) ;;\n`;
  });
  const choices = new Map<string, readonly string[]>();
  for (const option of [...specs.flatMap((spec) => spec.options), ...globals]) {
    if (option.choices !== undefined) choices.set(option.name, option.choices);
  }
  const choiceCases = [...choices].map(
    ([name, list]) =>
      `    --${name}) COMPREPLY=($(compgen -W "${list.join(' ')}" -- "$cur")); return ;;`,
  );
  return `# bash completion for bryo
_bryo() {
  local cur prev noun="" verb="" flags="" list="" i
  cur=\${COMP_WORDS[COMP_CWORD]}
  prev=\${COMP_WORDS[COMP_CWORD-1]}
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -*) ;;
      ${nouns.join('|')}) noun=\${COMP_WORDS[i]} ;;
      *) verb=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case $noun-$verb in
    ${nestedNames(specs).join('|')}) verb=$noun-$verb ;;
  esac
  case $prev in
${choiceCases.join('\n')}
    -v|--volume|--env-file|--authfile|--cidfile|-i|--input|--root|--runroot) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  case $verb in
    "") flags="${globals.flatMap(words).join(' ')}"; list="${directNames(specs).join(' ')} ${nouns.join(' ')}"
${nounLists(specs)} ;;
${options.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    return
  fi
  case $verb in
${values.join('')}    load|import) COMPREPLY=($(compgen -f -- "$cur")); return ;;
  esac
  COMPREPLY=($(compgen -W "$list" -- "$cur"))
}
complete -F _bryo bryo
`;
}

function zshEscape(text: string): string {
  return text
    .replaceAll("'", "'\\''")
    .replaceAll('[', '\\[')
    .replaceAll(']', '\\]')
    .replaceAll(':', '\\:');
}

function zshOption(option: OptionSpec): string {
  const help = zshEscape(option.help);
  const list = option.choices === undefined ? '_files' : `(${option.choices.join(' ')})`;
  const value = option.value === undefined ? '' : `:${zshEscape(option.value)}:${list}`;
  const repeat = option.repeat ? '*' : '';
  return words(option)
    .map((word) => `'${repeat}${word}[${help}]${value}'`)
    .join(' ');
}

function zsh(specs: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const verbs = [
    ...specs
      .filter((spec) => !isNested(spec))
      .map(({ name, summary }) => `    '${name}:${zshEscape(summary)}'`),
    ...nouns.map((noun) => `    '${noun}:commands about ${noun}s'`),
  ].join('\n');
  const nounCases = nouns.map(
    (noun) => `    '${noun} '*) _values verb ${verbsOf(specs, noun).join(' ')} ;;`,
  );
  const cases = specs.map((spec) => {
    const list = argumentList(spec);
    const rest =
      list === null ? "'*:file:_files'" : `'*:name:($(${list.replaceAll("'", "'\\''")}))'`;
    const skip = isNested(spec) ? 'shift words; (( CURRENT-- )); ' : '';
    return `    '${spelling(spec)} '*) ${skip}_arguments ${spec.options.map(zshOption).join(' ')} ${rest} ;;`;
  });
  return `#compdef bryo
_bryo() {
  local -a verbs
  verbs=(
${verbs}
  )
  local context state line
  _arguments -C ${globals.map(zshOption).join(' ')} '1:command:->verb' '*::argument:->rest'
  case $state in
    verb) _describe 'command' verbs ;;
    rest) case "$words[1] $words[2] " in
${[...cases].reverse().join('\n')}
${nounCases.join('\n')}
    esac ;;
  esac
}
_bryo "$@"
`;
}

function fishQuote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function fish(specs: readonly CommandSpec[], globals: readonly OptionSpec[]): string {
  const option = (condition: string, { name, short, value, choices, help }: OptionSpec): string => {
    const parts = [`complete -c bryo -n ${fishQuote(condition)} -l ${name}`];
    if (short !== undefined) parts.push(`-s ${short}`);
    if (value !== undefined) parts.push('-r');
    if (choices !== undefined) parts.push(`-f -a ${fishQuote(choices.join(' '))}`);
    return [...parts, `-d ${fishQuote(help)}`].join(' ');
  };
  const lines = ['# fish completion for bryo', 'complete -c bryo -f'];
  for (const noun of nouns) lines.push(`complete -c bryo -n __fish_use_subcommand -a ${noun}`);
  for (const one of globals) lines.push(option('__fish_use_subcommand', one));
  for (const spec of specs) {
    const verb = spec.name.replace(`${spec.noun}-`, '');
    const place = isNested(spec)
      ? `__fish_seen_subcommand_from ${spec.noun}`
      : '__fish_use_subcommand';
    lines.push(`complete -c bryo -n ${fishQuote(place)} -a ${verb} -d ${fishQuote(spec.summary)}`);
    const condition = isNested(spec)
      ? `${place}; and __fish_seen_subcommand_from ${verb}`
      : `__fish_seen_subcommand_from ${verb}`;
    for (const one of spec.options) lines.push(option(condition, one));
    const list = argumentList(spec);
    if (list !== null)
      lines.push(`complete -c bryo -n ${fishQuote(condition)} -a ${fishQuote(`(${list})`)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The completion script of a shell. */
export function completionScript(
  shell: Shell,
  specs: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  return { bash, zsh, fish }[shell](specs, globals);
}
