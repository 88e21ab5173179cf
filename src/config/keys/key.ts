/** How a value is written in the file. */
export type KeyType = 'text' | 'number' | 'flag' | 'texts' | 'map' | 'tables';

export type ConfigValue = string | number | boolean | string[] | Record<string, unknown>;

/** The value of a key as words of a flag. */
export type Words = (value: ConfigValue) => readonly string[];

export interface FlagUse {
  kind: 'flag';
  flag: string;
  /** Names of the commands that have it. */
  verbs: readonly string[];
  /** The words come before those of the command line, in the place of which they stand otherwise. */
  adds: boolean;
  /** Flags beside which the key does not count. */
  unless: readonly string[];
  words: Words;
}

/** The use of a key. */
export type KeyUse =
  /** The key says what a flag is that is not given. */
  | FlagUse
  /** Read by name, where it is needed. */
  | { kind: 'own'; help: string }
  /** The key has no meaning here. */
  | { kind: 'none'; why: string };

/** A key of containers.conf(5). */
export interface ConfigKey {
  /** Table and name: `containers.env`. */
  name: string;
  type: KeyType;
  use: KeyUse;
}

const asGiven: Words = (value) => (Array.isArray(value) ? value : [String(value)]);

type FlagParts = Partial<Pick<FlagUse, 'verbs' | 'unless' | 'words'>>;

/** The verbs that make a container. */
const creating = ['run', 'create'] as const;

/** A key that is the default of a flag. */
export function flag(name: string, type: KeyType, flagName: string, parts: FlagParts = {}) {
  const { verbs = creating, unless = [], words = asGiven } = parts;
  return {
    name,
    type,
    use: { kind: 'flag', flag: flagName, verbs, adds: false, unless, words },
  } satisfies ConfigKey;
}

/** A key whose words are put before those of a flag that may be given several times. */
export function added(name: string, type: KeyType, flagName: string, parts: FlagParts = {}) {
  const key = flag(name, type, flagName, parts);
  return { ...key, use: { ...key.use, adds: true } } satisfies ConfigKey;
}

export function own(name: string, type: KeyType, help: string): ConfigKey {
  return { name, type, use: { kind: 'own', help } };
}

/** Keys that have no meaning here, for the same reason. */
export function without(why: string, keys: Readonly<Record<string, KeyType>>): ConfigKey[] {
  return Object.entries(keys).map(([name, type]) => ({ name, type, use: { kind: 'none', why } }));
}
