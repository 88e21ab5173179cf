import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { formsOf, helperServers } from './auth-keys.ts';
import { askCredentialHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';

export interface AuthFileOptions {
  /** `--authfile`; must exist when given. */
  authFile: string | null;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

export interface AuthEntry {
  auth?: unknown;
  identitytoken?: unknown;
}

export interface AuthDocument {
  auths?: Record<string, AuthEntry>;
  credHelpers?: Record<string, unknown>;
  credsStore?: unknown;
}

interface Candidate {
  path: string;
  required: boolean;
}

const sizeLimit = 1024 * 1024;

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

/** The helper that a file names for a key's registry; null: its logins are in the file. */
export function helperFor(
  document: Pick<AuthDocument, 'credHelpers' | 'credsStore'>,
  key: string,
): string | null {
  const host = key.split('/')[0] ?? key;
  const [written = ''] = formsOf(document.credHelpers, host);
  const name = document.credHelpers?.[written] ?? document.credsStore;
  return typeof name === 'string' && name !== '' ? name : null;
}

/** Names of a key that a file's helper may know. */
export function serversOf(document: AuthDocument, key: string): string[] {
  const written = [...formsOf(document.credHelpers, key), ...formsOf(document.auths, key)];
  return helperServers(key, written);
}

/** A namespace has a login of its own in a helper where the file says so by an entry without one. */
async function askHelper(helper: string, document: AuthDocument, keys: readonly string[]) {
  for (const [index, key] of keys.entries()) {
    const isHost = index === keys.length - 1;
    if (!isHost && formsOf(document.auths, key).length === 0) continue;
    for (const server of serversOf(document, key)) {
      const found = await askCredentialHelper(helper, server);
      if (found !== null) return found;
    }
  }
  return null;
}

async function lookUp(document: AuthDocument, keys: readonly string[], path: string) {
  const helper = helperFor(document, keys.at(-1) ?? '');
  const kept = helper === null ? null : await askHelper(helper, document, keys);
  if (kept !== null) return kept;
  for (const key of keys) {
    for (const written of formsOf(document.auths, key)) {
      const entry = document.auths?.[written];
      const found = entry ? decodeEntry(entry, path) : null;
      if (found !== null) return found;
    }
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
