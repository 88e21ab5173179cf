import { BryoError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { ConfigValue, FlagUse } from '../config/keys/key.ts';
import type { FlagKey } from '../config/keys/table.ts';
import type { CommandSpec, OptionSpec, ParsedArguments } from './command.ts';

/** A key of the configuration that says what a flag is. */
interface Configured {
  /** `containers.env`. */
  name: string;
  use: FlagUse;
  value: ConfigValue;
  words: readonly string[];
}

function byFlag(keys: readonly FlagKey[], { values }: Config): Map<string, Configured[]> {
  const flags = new Map<string, Configured[]>();
  for (const { name, use } of keys) {
    const value = values.get(name);
    if (value === undefined) continue;
    const words = use.words(value);
    flags.set(use.flag, [...(flags.get(use.flag) ?? []), { name, use, value, words }]);
  }
  return flags;
}

/** The flags that a command's configuration speaks of; null: of none. */
async function configuredFlags(
  verb: string,
  config: Config,
): Promise<Map<string, Configured[]> | null> {
  if (config.values.size === 0) return null;
  const { flagKeysOf } = await import('../config/keys/table.ts');
  const flags = byFlag(flagKeysOf(verb), config);
  return flags.size === 0 ? null : flags;
}

/** An error about a flag that was not given says which key stands for it. */
function withOrigin(
  error: unknown,
  parsed: ParsedArguments,
  flags: ReadonlyMap<string, Configured[]>,
): unknown {
  if (!(error instanceof BryoError)) return error;
  const { code, message, hint, exitCode } = error;
  const said = [...flags].find(
    ([flag]) => !parsed.given(flag) && new RegExp(`--${flag}(?![\\w-])`).test(message),
  );
  const key = said?.[1].at(-1)?.name;
  if (key === undefined) return error;
  const options = { exitCode, cause: error, ...(hint !== undefined && { hint }) };
  return new BryoError(code, `${message} (${key} of containers.conf)`, options);
}

/** Runs a command whose line says with containers.conf(5) what it does not say itself. */
export async function runConfigured(
  parsed: ParsedArguments,
  { name, config }: { name: string; config: Config },
  run: (configured: ParsedArguments) => Promise<number>,
): Promise<number> {
  const flags = await configuredFlags(name, config);
  if (flags === null) return run(parsed);
  try {
    return await run(withConfiguration(parsed, flags));
  } catch (error) {
    throw withOrigin(error, parsed, flags);
  }
}

/** A command line with the words of flags that it does not give; `given` tells of its own alone. */
function withConfiguration(
  parsed: ParsedArguments,
  flags: ReadonlyMap<string, Configured[]>,
): ParsedArguments {
  const counting = (name: string): Configured[] =>
    (flags.get(name) ?? []).filter(({ use }) => !use.unless.some(parsed.given));
  const wordsOf = (name: string): string[] => counting(name).flatMap(({ words }) => words);
  return {
    ...parsed,
    flag(name) {
      const value = counting(name)[0]?.value;
      return parsed.given(name) || typeof value !== 'boolean' ? parsed.flag(name) : value;
    },
    text(name) {
      const said = parsed.given(name) ? undefined : wordsOf(name).at(-1);
      return said ?? parsed.text(name);
    },
    texts(name) {
      const adds = counting(name).some(({ use }) => use.adds);
      if (!adds && parsed.given(name)) return parsed.texts(name);
      return [...wordsOf(name), ...parsed.texts(name)];
    },
  };
}

/** The options of a command with the defaults that containers.conf(5) gives them, for its help. */
export async function withConfiguredDefaults(
  spec: CommandSpec,
  config: Config,
): Promise<CommandSpec> {
  const flags = await configuredFlags(spec.name, config);
  if (flags === null) return spec;
  const change = (option: OptionSpec): OptionSpec => {
    const found = flags.get(option.name)?.[0];
    if (found === undefined || found.use.adds) return option;
    if (typeof found.value === 'boolean') return { ...option, on: found.value };
    return { ...option, default: found.words.join(',') };
  };
  return { ...spec, options: spec.options.map(change) };
}
