import { BryoError } from '../base/errors.ts';
import {
  type AuthDocument,
  type AuthEntry,
  type AuthFileOptions,
  authFiles,
  helperFor,
  readAuthDocument,
  serversOf,
  unreadable,
} from './auth-document.ts';
import { formsOf } from './auth-keys.ts';
import { askCredentialHelper } from './credential-helper.ts';
import type { Credentials } from './credentials.ts';

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
  for (const path of authFiles(options)) {
    const document = readAuthDocument(path);
    if (document === null && options.authFile !== null && options.mayBeMissing !== true) {
      throw unreadable(path, 'no such file');
    }
    const found = document === null ? null : await lookUp(document, keys, path);
    if (found !== null) return found;
  }
  return null;
}
