import { BryoError } from '../base/errors.ts';
import type { Config } from './config.ts';
import type { ConfigKey, ConfigValue, KeyType } from './keys/key.ts';
import { foreignTables } from './keys/others.ts';
import { configKeys } from './keys/table.ts';
import { isTable, lineOf, type TomlTable } from './toml-file.ts';

/** The settings of the files that have been read so far. */
interface Merging {
  values: Map<string, ConfigValue>;
  unknown: { file: string; key: string }[];
  /** Lists to which later files add, as an earlier one has asked for. */
  appending: Set<string>;
}

const kinds: Readonly<Record<KeyType, string>> = {
  text: 'a text',
  number: 'a whole number',
  flag: 'true or false',
  texts: 'a list of texts',
  map: 'a table of texts',
  tables: 'a table',
};

function wrong(file: string, { name, type }: ConfigKey): BryoError {
  const [, key = name] = name.split('.');
  const line = lineOf(file, key);
  const where = line === null ? file : `${file}: line ${line}`;
  return new BryoError('bad-containers-conf', `${where}: ${name} is not ${kinds[type]}`, {
    exitCode: 1,
  });
}

/** The list of a file, and whether it is to be added to what was said before: `["A=1", {append=true}]`. */
function readList(value: unknown): { items: string[]; append: boolean | null } | null {
  if (!Array.isArray(value)) return null;
  let append: boolean | null = null;
  const items: string[] = [];
  for (const item of value) {
    if (typeof item === 'string') items.push(item);
    else if (isTable(item) && typeof item['append'] === 'boolean') append = item['append'];
    else return null;
  }
  return { items, append };
}

function isTextMap(value: unknown): value is Record<string, string> {
  return isTable(value) && Object.values(value).every((item) => typeof item === 'string');
}

function mergeList(merging: Merging, name: string, value: unknown): string[] | null {
  const list = readList(value);
  if (list === null) return null;
  if (list.append === true) merging.appending.add(name);
  if (list.append === false) merging.appending.delete(name);
  const before = merging.values.get(name);
  const kept = merging.appending.has(name) && Array.isArray(before) ? before : [];
  return [...kept, ...list.items];
}

/** The value of a key after a file has said one; null: it is of another type. */
function merged(merging: Merging, { name, type }: ConfigKey, value: unknown): ConfigValue | null {
  const before = merging.values.get(name);
  switch (type) {
    case 'text':
      return typeof value === 'string' ? value : null;
    case 'number':
      return Number.isSafeInteger(value) ? Number(value) : null;
    case 'flag':
      return typeof value === 'boolean' ? value : null;
    case 'texts':
      return mergeList(merging, name, value);
    case 'map':
      return isTextMap(value) ? { ...(isTable(before) ? before : {}), ...value } : null;
    case 'tables':
      return isTable(value) || Array.isArray(value) ? { [name]: value } : null;
  }
}

function mergeTable(merging: Merging, file: string, table: string, entries: TomlTable): void {
  for (const [key, value] of Object.entries(entries)) {
    const known = configKeys.get(`${table}.${key}`);
    if (known === undefined) {
      merging.unknown.push({ file, key: `${table}.${key}` });
      continue;
    }
    // A key without meaning here may be of any type.
    const result = known.use.kind === 'none' ? {} : merged(merging, known, value);
    if (result === null) throw wrong(file, known);
    merging.values.set(known.name, result);
  }
}

/**
 * Puts files together, later ones over earlier ones. Throws BryoError `bad-containers-conf` for a value
 * of another type, naming file and line.
 */
export function mergeFiles(files: readonly (readonly [path: string, tables: TomlTable])[]): Config {
  const merging: Merging = { values: new Map(), unknown: [], appending: new Set() };
  for (const [file, tables] of files) {
    for (const [table, entries] of Object.entries(tables)) {
      if (Object.hasOwn(foreignTables, table)) merging.values.set(table, {});
      else if (isTable(entries)) mergeTable(merging, file, table, entries);
      else merging.unknown.push({ file, key: table });
    }
  }
  const { values, unknown } = merging;
  return { files: files.map(([path]) => path), unknown, values };
}
