import { at } from './errors.ts';
import { type Expansion, expandInstruction } from './expand-instruction.ts';
import { expandWord } from './expansion.ts';
import type { ArgumentDeclaration, InstructionOf, StageInstruction } from './instructions.ts';
import { automaticArguments, type BuildArguments, isProxyArgument } from './predefined.ts';
import type { StageScope } from './scope-types.ts';

/** Values of arguments by name. */
export type ArgumentValues = ReadonlyMap<string, string>;

function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/**
 * The values of the arguments that stand before the first FROM, with those that every build has.
 * Throws BryoError `bad-containerfile`.
 */
export function globalArguments(
  heading: readonly InstructionOf<'arg'>[],
  build: BuildArguments,
  escapeToken: string,
): ArgumentValues {
  const values = automaticArguments(build);
  for (const name of values.keys()) {
    const given = own(build.given, name);
    if (given !== undefined) values.set(name, given);
  }
  for (const { arguments: declared, place, text } of heading) {
    for (const { name, value } of declared) {
      const expanded = at(place, text, () =>
        value === null ? null : expandWord(value, (one) => values.get(one), { escapeToken }),
      );
      const result = own(build.given, name) ?? expanded;
      if (result !== null) values.set(name, result);
    }
  }
  return values;
}

/** The beginning of the variables of a stage. */
export interface ScopeInput {
  globals: ArgumentValues;
  given: Readonly<Record<string, string>>;
  /** `NAME=value`: the base image's environment. */
  env: readonly string[];
  escapeToken: string;
  onUnset?: (name: string) => void;
}

/** The variables of a stage while its instructions are carried out. */
export class Scope implements StageScope {
  readonly #input: ScopeInput;
  readonly #env = new Map<string, string>();
  readonly #arguments = new Map<string, string | null>();

  constructor(input: ScopeInput) {
    this.#input = input;
    for (const word of input.env) {
      const equals = word.indexOf('=');
      if (equals > 0) this.#env.set(word.slice(0, equals), word.slice(equals + 1));
    }
  }

  valueOf(name: string): string | undefined {
    return this.#env.get(name) ?? this.#arguments.get(name) ?? undefined;
  }

  expand(instruction: StageInstruction): StageInstruction {
    const { escapeToken, onUnset } = this.#input;
    const expansion: Expansion = {
      variables: (name) => this.valueOf(name),
      escapeToken,
      ...(onUnset && { onUnset }),
    };
    const expanded = expandInstruction(instruction, expansion);
    if (expanded.kind === 'env') {
      for (const { key, value } of expanded.pairs) this.#env.set(key, value);
    }
    if (expanded.kind !== 'arg') return expanded;
    const declared = expanded.arguments.map((one) => this.#declare(one));
    return { ...expanded, arguments: declared };
  }

  #declare({ name, value }: ArgumentDeclaration): ArgumentDeclaration {
    const { given, globals } = this.#input;
    const result = own(given, name) ?? value ?? globals.get(name) ?? null;
    this.#arguments.set(name, result);
    return { name, value: result };
  }

  runArguments(): { name: string; value: string }[] {
    return [...this.#arguments].flatMap(([name, value]) =>
      value === null || this.#env.has(name) ? [] : [{ name, value }],
    );
  }

  proxies(): { name: string; value: string }[] {
    return Object.entries(this.#input.given).flatMap(([name, value]) =>
      isProxyArgument(name) && !this.#arguments.has(name) ? [{ name, value }] : [],
    );
  }

  declared(): readonly ArgumentDeclaration[] {
    return [...this.#arguments].map(([name, value]) => ({ name, value }));
  }
}
