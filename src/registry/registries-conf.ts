import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { dropIns, ownDirectory } from '../config/places.ts';
import { isTable, readTomlFile, type TomlTable } from '../config/toml-file.ts';

/** Where a part of the names really is (containers-registries.conf(5)). */
export interface RegistryEntry {
  /** Beginning of a name: `quay.io`, `quay.io/team`, `*.example.com`. */
  prefix: string;
  /** Takes the prefix's place; empty: the prefix itself. */
  location: string;
  /** Certificates are not checked and plain HTTP is spoken where there is no TLS. */
  insecure: boolean;
  blocked: boolean;
  mirrors: Mirror[];
}

export interface Mirror {
  location: string;
  insecure: boolean;
  /** Which pulls it may answer. */
  from: 'all' | 'digest-only' | 'tag-only';
}

export interface RegistriesConf {
  /** Registries that a name without one is looked up in; null: not configured. */
  search: string[] | null;
  /** `permissive` tries them in their order; `enforcing` wants one answer only. */
  shortNameMode: 'enforcing' | 'permissive' | 'disabled';
  aliases: Map<string, string>;
  registries: RegistryEntry[];
}

function wrong(path: string, what: string): BryoError {
  return new BryoError('bad-registries-conf', `${path}: ${what}`);
}

/** A table of the file, read field by field. */
class Table {
  readonly #path: string;
  readonly #values: TomlTable;

  constructor(path: string, values: TomlTable) {
    this.#path = path;
    this.#values = values;
  }

  text(name: string): string {
    const value = this.#values[name] ?? '';
    if (typeof value !== 'string') throw wrong(this.#path, `"${name}" is not a string`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.#values[name] ?? false;
    if (typeof value !== 'boolean') throw wrong(this.#path, `"${name}" is not true or false`);
    return value;
  }

  texts(name: string): string[] | null {
    const value = this.#values[name];
    if (value === undefined) return null;
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
      throw wrong(this.#path, `"${name}" is not a list of strings`);
    }
    return value;
  }

  tables(name: string): Table[] {
    const value = this.#values[name] ?? [];
    if (!Array.isArray(value) || !value.every(isTable)) {
      throw wrong(this.#path, `"${name}" is not a list of tables; version 1 is not supported`);
    }
    return value.map((item: TomlTable) => new Table(this.#path, item));
  }

  textMap(name: string): [string, string][] {
    const value = this.#values[name] ?? {};
    if (!isTable(value)) throw wrong(this.#path, `"${name}" is not a table`);
    return Object.keys(value).map((key) => [key, new Table(this.#path, value).text(key)]);
  }

  wrong(what: string): BryoError {
    return wrong(this.#path, what);
  }
}

function mirror(table: Table, digestOnly: boolean): Mirror {
  const from = table.text('pull-from-mirror') || (digestOnly ? 'digest-only' : 'all');
  if (from !== 'all' && from !== 'digest-only' && from !== 'tag-only') {
    throw table.wrong(
      `"pull-from-mirror" is ${JSON.stringify(from)}: all, digest-only or tag-only`,
    );
  }
  const location = table.text('location');
  if (location === '') throw table.wrong('a mirror has no "location"');
  return { location, insecure: table.flag('insecure'), from };
}

function entry(table: Table): RegistryEntry {
  const location = table.text('location');
  const prefix = table.text('prefix') || location;
  if (prefix === '') throw table.wrong('a registry has neither "prefix" nor "location"');
  const digestOnly = table.flag('mirror-by-digest-only');
  return {
    prefix,
    location: location === '' && prefix.startsWith('*.') ? '' : location || prefix,
    insecure: table.flag('insecure'),
    blocked: table.flag('blocked'),
    mirrors: table.tables('mirror').map((inner) => mirror(inner, digestOnly)),
  };
}

/** Reads one file on top of what was read before. */
function readInto(conf: RegistriesConf, path: string): void {
  const document = readTomlFile(path, 'bad-registries-conf');
  if (document === null) return;
  const table = new Table(path, document);
  conf.search = table.texts('unqualified-search-registries') ?? conf.search;
  const mode = table.text('short-name-mode') || conf.shortNameMode;
  if (mode !== 'enforcing' && mode !== 'permissive' && mode !== 'disabled') {
    throw table.wrong(`"short-name-mode" is ${JSON.stringify(mode)}`);
  }
  conf.shortNameMode = mode;
  for (const [name, value] of table.textMap('aliases')) {
    // An empty one takes back what an earlier file says.
    if (value === '') conf.aliases.delete(name);
    else conf.aliases.set(name, value);
  }
  const byPrefix = new Map(conf.registries.map((known) => [known.prefix, known]));
  for (const added of table.tables('registry').map(entry)) {
    byPrefix.delete(added.prefix);
    byPrefix.set(added.prefix, added);
  }
  conf.registries = [...byPrefix.values()];
}

export interface ConfPlaces {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** The files in the order in which they are read; later ones say the last word. */
function confFiles({ env, home }: ConfPlaces): string[] {
  const named = env['CONTAINERS_REGISTRIES_CONF'];
  if (named) return [named];
  const own = ownDirectory({ env, home });
  const main = join(own, 'registries.conf');
  return [
    existsSync(main) ? main : '/etc/containers/registries.conf',
    ...dropIns('/etc/containers/registries.conf.d'),
    ...dropIns(join(own, 'registries.conf.d')),
  ];
}

/** Aliases that podman remembered when it asked the user; they go before the configuration's. */
function rememberedAliases({ env, home }: ConfPlaces): string {
  const cache = env['XDG_CACHE_HOME'] || join(home, '.cache');
  const place = process.geteuid?.() === 0 ? '/var/cache' : cache;
  return join(place, 'containers', 'short-name-aliases.conf');
}

/** Reads the configuration. Throws BryoError `bad-registries-conf` with the file's name. */
export function loadRegistriesConf(places: ConfPlaces): RegistriesConf {
  const conf: RegistriesConf = {
    search: null,
    shortNameMode: 'permissive',
    aliases: new Map(),
    registries: [],
  };
  for (const path of [...confFiles(places), rememberedAliases(places)]) readInto(conf, path);
  return conf;
}

/** How long a part of a name the prefix covers; 0: it does not fit. */
function covered(prefix: string, name: string): number {
  if (prefix.startsWith('*.')) {
    const [domain = ''] = name.split('/');
    const host = domain.replace(/:\d+$/, '');
    return host.endsWith(prefix.slice(1)) && host.length >= prefix.length ? domain.length : 0;
  }
  if (name === prefix) return prefix.length;
  return /[/:@]/.test(name.charAt(prefix.length)) && name.startsWith(prefix) ? prefix.length : 0;
}

/** The entry with the longest prefix of a full name, and what of the name that is. */
export function findEntry(
  conf: RegistriesConf,
  name: string,
): { entry: RegistryEntry; length: number } | null {
  let best: { entry: RegistryEntry; length: number } | null = null;
  for (const candidate of conf.registries) {
    const length = covered(candidate.prefix, name);
    const longer = best === null || candidate.prefix.length > best.entry.prefix.length;
    if (length > 0 && longer) best = { entry: candidate, length };
  }
  return best;
}
