import { Refusal } from './errors.ts';
import { didYouMean } from './suggest.ts';

/** How a flag of an instruction is written: `--link[=true]`, `--chown=…`, or that several times. */
export type FlagKind = 'switch' | 'value' | 'values';

/** Flags of an instruction, read. */
export interface InstructionFlags {
  /** Null: it was not given. */
  value(name: string): string | null;
  values(name: string): string[];
  /** Null: it was not given. */
  on(name: string): boolean | null;
}

/** The beginning of these words is podman's: scripts know a missing `=` by them. */
const podmansFlags: Readonly<Record<string, string>> = {
  COPY: 'COPY only supports the --chmod=<permissions> --chown=<uid:gid> --from=<image|stage> and the --exclude=<pattern> flags, --link and --parents',
  ADD: 'ADD only supports the --chmod=<permissions>, --chown=<uid:gid>, and --checksum=<checksum> --exclude=<pattern> flags, --keep-git-dir, --link and --unpack',
};

/** Throws Refusal for flags that an instruction does not have. */
export function readFlags(
  instruction: string,
  words: readonly string[],
  known: Readonly<Record<string, FlagKind>>,
): InstructionFlags {
  const found = new Map<string, string[]>();
  for (const word of words) {
    const [, name = '', equals, value = ''] = /^--([^=]*)(=?)(.*)$/s.exec(word) ?? [];
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      const names = Object.keys(known).map((one) => `--${one}`);
      const have = names.length === 0 ? 'takes no flags' : `only supports the ${list(names)} flags`;
      throw new Refusal(
        `unknown flag: --${name}: ${instruction} ${have}`,
        didYouMean(`--${name}`, names),
      );
    }
    const before = found.get(name) ?? [];
    if (before.length > 0 && kind !== 'values') {
      throw new Refusal(`duplicate flag specified: --${name}`);
    }
    if (kind === 'switch' ? equals !== '' && value === '' : equals === '' || value === '') {
      throw new Refusal(`no value specified for --${name}=`, podmansFlags[instruction]);
    }
    if (kind === 'switch' && !['', 'true', 'false'].includes(value.toLowerCase())) {
      throw new Refusal(`expecting boolean value for flag --${name}, not: ${value}`);
    }
    found.set(name, [...before, value]);
  }
  return {
    value: (name) => found.get(name)?.[0] ?? null,
    values: (name) => found.get(name) ?? [],
    on: (name) => {
      const [value] = found.get(name) ?? [];
      return value === undefined ? null : value.toLowerCase() !== 'false';
    },
  };
}

function list(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
