import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { askCredentialHelper } from './credential-helper.ts';

export type Credentials =
  | { kind: 'basic'; username: string; password: string }
  | { kind: 'identity-token'; token: string };

export interface AuthFileOptions {
  /** `--authfile`; must exist when given. */
  authFile: string | null;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

interface AuthEntry {
  auth?: unknown;
  identitytoken?: unknown;
}

interface AuthDocument {
  auths?: Record<string, AuthEntry>;
  credHelpers?: Record<string, unknown>;
  credsStore?: unknown;
}

interface Candidate {
  path: string;
  required: boolean;
}

const sizeLimit = 1024 * 1024;
const dockerHubKey = 'https://index.docker.io/v1/';

/** The files that may hold credentials, in the order of containers-auth.json(5). */
function listCandidates({ authFile, env, home }: AuthFileOptions): Candidate[] {
  if (authFile !== null) return [{ path: authFile, required: true }];
  // A login may still have to make it.
  const named = env['REGISTRY_AUTH_FILE'];
  if (named) return [{ path: named, required: false }];
  const runtime = env['XDG_RUNTIME_DIR'];
  const config = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const docker = env['DOCKER_CONFIG'] || join(home, '.docker');
  return [
    ...(runtime ? [join(runtime, 'containers', 'auth.json')] : []),
    join(config, 'containers', 'auth.json'),
    join(docker, 'config.json'),
  ].map((path) => ({ path, required: false }));
}

function readDocument({ path, required }: Candidate): AuthDocument | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const absent = errnoCode(cause) === 'ENOENT' || errnoCode(cause) === 'ENOTDIR';
    if (absent && !required) return null;
    const why = absent ? 'no such file' : (errnoCode(cause) ?? 'unreadable');
    throw new BryoError('bad-auth-file', `cannot read credentials from ${path}: ${why}`, { cause });
  }
  try {
    const document: unknown = text.length > sizeLimit ? null : JSON.parse(text);
    if (typeof document === 'object' && document !== null) return document;
  } catch {
    // The parser's message would quote the file, and with it secrets.
  }
  throw new BryoError('bad-auth-file', `${path} is not a valid file of credentials`);
}

/** Host part of a key as Docker writes them: with or without scheme and trailing path. */
export function normalizeKey(key: string): string {
  if (key === dockerHubKey) return 'docker.io';
  const address = key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .replace(/\/$/, '');
  return address === 'index.docker.io' ? 'docker.io' : address;
}

/** `host/a/b`, `host/a`, `host`: the most specific namespace wins. */
function listKeys(host: string, repository: string): string[] {
  const parts = [host, ...repository.split('/')];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

function decodeEntry(entry: AuthEntry, path: string): Credentials | null {
  if (typeof entry.identitytoken === 'string' && entry.identitytoken !== '') {
    return { kind: 'identity-token', token: entry.identitytoken };
  }
  if (typeof entry.auth !== 'string' || entry.auth === '') return null;
  const decoded = Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon < 1) {
    throw new BryoError('bad-auth-file', `${path} holds an entry that is not user:password`);
  }
  const [username, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)];
  return { kind: 'basic', username, password };
}

function helperFor(document: AuthDocument, host: string): string | null {
  const own = Object.entries(document.credHelpers ?? {}).find(
    ([key]) => normalizeKey(key) === host,
  );
  const name = own?.[1] ?? document.credsStore;
  return typeof name === 'string' && name !== '' ? name : null;
}

async function lookUp(document: AuthDocument, keys: string[], path: string) {
  const host = keys.at(-1) ?? '';
  const helper = helperFor(document, host);
  if (helper !== null) {
    const found = await askCredentialHelper(helper, host === 'docker.io' ? dockerHubKey : host);
    if (found !== null) return found;
  }
  const entries = new Map(
    Object.entries(document.auths ?? {}).map(([key, entry]) => [normalizeKey(key), entry]),
  );
  for (const key of keys) {
    const entry = entries.get(key);
    const found = entry ? decodeEntry(entry, path) : null;
    if (found !== null) return found;
  }
  return null;
}

/**
 * The user's credentials for a repository of a registry (`host` as in references, `docker.io`),
 * or null: then access is anonymous. Files are those of containers-auth.json(5), then Docker's.
 * Errors: `bad-auth-file`; messages never quote what the file holds.
 */
export async function findCredentials(
  host: string,
  repository: string,
  options: AuthFileOptions,
): Promise<Credentials | null> {
  const keys = listKeys(host, repository);
  for (const candidate of listCandidates(options)) {
    const document = readDocument(candidate);
    const found = document === null ? null : await lookUp(document, keys, candidate.path);
    if (found !== null) return found;
  }
  return null;
}
