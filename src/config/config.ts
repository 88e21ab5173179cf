import type { ConfigValue } from './keys/key.ts';

/** The settings of containers.conf(5), of all its files together. */
export interface Config {
  /** The files that were read, in their order. */
  files: readonly string[];
  /** Keys that nobody knows, with the file that has them. */
  unknown: readonly { file: string; key: string }[];
  /** By table and name, `containers.env`; undefined: no file says it. */
  values: ReadonlyMap<string, ConfigValue>;
}

/** Where there is no file at all. */
export const emptyConfig: Config = { files: [], unknown: [], values: new Map() };

/** Null: no file says it. An empty text is as good as none. */
export function configText({ values }: Config, name: string): string | null {
  const value = values.get(name);
  return typeof value === 'string' && value !== '' ? value : null;
}

export function configFlag({ values }: Config, name: string): boolean | null {
  const value = values.get(name);
  return typeof value === 'boolean' ? value : null;
}

/** Null: no file says it. */
export function configNumber({ values }: Config, name: string): number | null {
  const value = values.get(name);
  return typeof value === 'number' ? value : null;
}

/** Null: no file says it. */
export function configTexts({ values }: Config, name: string): readonly string[] | null {
  const value = values.get(name);
  return Array.isArray(value) ? value : null;
}
