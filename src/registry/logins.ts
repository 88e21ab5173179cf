import {
  type AuthDocument,
  type AuthEntry,
  type AuthFileOptions,
  authFiles,
  helperFor,
  readAuthDocument,
  serversOf,
  writeAuthDocument,
} from './auth-document.ts';
import { formsOf, helperServers, keyToWrite, normalizeKey } from './auth-keys.ts';
import { eraseFromHelper, storeInHelper } from './credential-helper.ts';

/** A file's entries with this one in the place of all that stood for the same registry. */
function withEntry(
  path: string,
  document: AuthDocument,
  key: string,
  entry: AuthEntry,
): AuthDocument {
  const written = keyToWrite(path, key, formsOf(document.auths, key));
  const others = Object.entries(document.auths ?? {}).filter(
    ([name]) => normalizeKey(name) !== key,
  );
  return { ...document, auths: { ...Object.fromEntries(others), [written]: entry } };
}

/**
 * Keeps a login: in the helper that the file names for the registry, else in the file (0600); says which.
 * Of a helper's the file has an entry without a login, as docker writes it.
 */
export async function storeLogin(
  options: AuthFileOptions,
  key: string,
  login: { username: string; password: string },
): Promise<string> {
  const [path] = authFiles(options);
  const document = readAuthDocument(path) ?? {};
  const helper = helperFor(document, key);
  if (helper !== null) {
    const asked = formsOf(document.credHelpers, key).filter((name) => !name.includes('://'));
    const [own = key] = helperServers(key, []);
    for (const server of new Set([own, ...asked])) await storeInHelper(helper, server, login);
    writeAuthDocument(path, withEntry(path, document, key, {}));
    return helper;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  writeAuthDocument(path, withEntry(path, document, key, { auth }));
  return path;
}

/** Has the helper of a registry forget it under each of its names; false: it knew none. */
async function eraseEverywhere(document: AuthDocument, key: string): Promise<boolean> {
  const helper = helperFor(document, key);
  if (helper === null) return false;
  let known = false;
  for (const server of serversOf(document, key)) {
    known = (await eraseFromHelper(helper, server)) || known;
  }
  return known;
}

/** Forgets a login, or all of them (`key` null); false: there was none. */
export async function removeLogin(options: AuthFileOptions, key: string | null): Promise<boolean> {
  const [path] = authFiles(options);
  const document = readAuthDocument(path) ?? {};
  const auths = Object.entries(document.auths ?? {});
  const named = [...Object.keys(document.credHelpers ?? {}), ...auths.map(([name]) => name)];
  const keys = key === null ? new Set(named.map(normalizeKey)) : [key];
  let known = false;
  for (const each of keys) known = (await eraseEverywhere(document, each)) || known;
  const kept = key === null ? [] : auths.filter(([name]) => normalizeKey(name) !== key);
  if (kept.length === auths.length) return known;
  writeAuthDocument(path, { ...document, auths: Object.fromEntries(kept) });
  return true;
}
