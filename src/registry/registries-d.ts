import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_SCHEMA, load } from 'js-yaml';
import { BryoError, errnoCode } from '../base/errors.ts';

/** Where the signatures of a part of the images are (containers-registries.d(5)). */
export interface SignatureStorage {
  /** Read from here; null: nowhere. */
  lookaside: string | null;
  /** Written to here. */
  staging: string | null;
  /** Signatures of cosign's lie in the registry, beside the image. */
  attachments: boolean;
}

export interface SignaturePlaces {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

type Section = Record<string, string>;

interface Sections {
  byDefault: Section | null;
  docker: Map<string, Section>;
}

const known = [
  'lookaside',
  'lookaside-staging',
  'sigstore',
  'sigstore-staging',
  'use-sigstore-attachments',
];

const sizeLimit = 1024 * 1024;

function wrong(path: string, why: string): BryoError {
  return new BryoError('bad-registries-d', `${path}: ${why}`);
}

function mapping(value: unknown, path: string, what: string): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(path, `${what} is no mapping`);
}

function readSection(value: unknown, path: string, what: string): Section {
  const entries = Object.entries(mapping(value, path, what));
  return Object.fromEntries(
    entries.map(([key, setting]) => {
      if (!known.includes(key)) throw wrong(path, `${what}: ${JSON.stringify(key)} is no setting`);
      if (typeof setting !== 'string' && typeof setting !== 'boolean') {
        throw wrong(path, `${what}: ${key} is neither a text nor true or false`);
      }
      return [key, String(setting)];
    }),
  );
}

/** Reads one file; nothing may be said twice, also not in different files. */
function readInto(sections: Sections, path: string): void {
  const text = readFileSync(path, 'utf8');
  if (text.length > sizeLimit) throw wrong(path, 'larger than 1 MiB');
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw wrong(path, message);
  }
  const document = mapping(value, path, 'the file');
  for (const [key, content] of Object.entries(document)) {
    if (key === 'default-docker') {
      if (sections.byDefault !== null) throw wrong(path, 'default-docker is there twice');
      sections.byDefault = readSection(content, path, key);
    } else if (key === 'docker') {
      for (const [scope, section] of Object.entries(mapping(content, path, key))) {
        if (sections.docker.has(scope)) throw wrong(path, `${scope} is there twice`);
        sections.docker.set(scope, readSection(section, path, scope));
      }
    } else {
      throw wrong(path, `${JSON.stringify(key)} is neither docker nor default-docker`);
    }
  }
}

function listFiles(directory: string): string[] | null {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.yaml'));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function readSections({ env, home }: SignaturePlaces): Sections {
  const sections: Sections = { byDefault: null, docker: new Map() };
  const own = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'registries.d');
  const files = listFiles(own) ?? listFiles('/etc/containers/registries.d') ?? [];
  for (const path of files) readInto(sections, path);
  return sections;
}

function attachments(section: Section, scope: string): boolean {
  const value = section['use-sigstore-attachments'] ?? 'false';
  if (value === 'true' || value === 'false') return value === 'true';
  throw new BryoError(
    'bad-registries-d',
    `registries.d: use-sigstore-attachments of ${scope} is neither true nor false`,
  );
}

/**
 * Where the signatures of an image are; `scopes` are its full name, repository, namespaces and host,
 * most specific first. Errors: `bad-registries-d` naming file and line.
 */
export function findSignatureStorage(
  scopes: readonly string[],
  places: SignaturePlaces,
): SignatureStorage {
  const { byDefault, docker } = readSections(places);
  const scope = scopes.find((name) => docker.has(name));
  const section = scope === undefined ? byDefault : (docker.get(scope) ?? null);
  if (section === null) {
    const data = places.env['XDG_DATA_HOME'] || join(places.home, '.local', 'share');
    const root = process.geteuid?.() === 0 ? '/var/lib' : data;
    const own = `file://${join(root, 'containers', 'sigstore')}`;
    return { lookaside: own, staging: own, attachments: false };
  }
  const lookaside = section['lookaside'] ?? section['sigstore'] ?? null;
  const staging = section['lookaside-staging'] ?? section['sigstore-staging'] ?? lookaside;
  return { lookaside, staging, attachments: attachments(section, scope ?? 'default-docker') };
}
