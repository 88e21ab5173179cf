import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { isJsonObject } from '../base/json-object.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { formsOf, helperServers } from './auth-keys.ts';

/** Where a user's files of credentials are. */
export interface AuthFileOptions {
  /** `--authfile`. */
  authFile: string | null;
  /** The file of `--authfile` need not be there: a login may still have to make it. */
  mayBeMissing?: boolean;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

export interface AuthEntry {
  auth?: unknown;
  identitytoken?: unknown;
}

/** A file of credentials (containers-auth.json(5)); what else is in it stays there. */
export interface AuthDocument extends Record<string, unknown> {
  auths?: Record<string, AuthEntry>;
  credHelpers?: Record<string, unknown>;
  credsStore?: unknown;
}

const sizeLimit = 1024 * 1024;

/** The files that may hold credentials, in the order of containers-auth.json(5); `login` writes the first. */
export function authFiles({ authFile, env, home }: AuthFileOptions): [string, ...string[]] {
  const named = authFile ?? env['REGISTRY_AUTH_FILE'];
  if (named) return [named];
  // DOCKER_CONFIG names the only directory that counts then (podman-login(1)).
  if (env['DOCKER_CONFIG']) return [join(env['DOCKER_CONFIG'], 'config.json')];
  const runtime = env['XDG_RUNTIME_DIR'];
  const config = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'auth.json');
  const docker = join(home, '.docker', 'config.json');
  return runtime ? [join(runtime, 'containers', 'auth.json'), config, docker] : [config, docker];
}

/** Reads a file; null: there is none. Throws BryoError `bad-auth-file`, which quotes nothing of it. */
export function readAuthDocument(path: string): AuthDocument | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = errnoCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw unreadable(path, code ?? 'unreadable', cause);
  }
  if (text.trim() === '') return {};
  try {
    const document: unknown = text.length > sizeLimit ? null : JSON.parse(text);
    if (isJsonObject(document)) return document as AuthDocument;
  } catch {
    // The parser's message would quote the file, and with it secrets.
  }
  throw new BryoError('bad-auth-file', `${path} is not a valid file of credentials`);
}

/** The error of a file of credentials that cannot be read. */
export function unreadable(path: string, why: string, cause?: unknown): BryoError {
  return new BryoError('bad-auth-file', `cannot read credentials from ${path}: ${why}`, { cause });
}

/** Writes a file for nobody but its owner. */
export function writeAuthDocument(path: string, document: AuthDocument): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomic(path, `${JSON.stringify(document, null, 2)}\n`, 'durable');
}

/** The helper that a file names for a key's registry; null: its logins are in the file. */
export function helperFor(document: AuthDocument, key: string): string | null {
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
