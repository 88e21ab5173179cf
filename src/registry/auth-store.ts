import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import {
  type AuthDocument,
  type AuthEntry,
  type AuthFileOptions,
  helperFor,
  serversOf,
} from './auth-file.ts';
import { formsOf, helperServers, keyToWrite, normalizeKey } from './auth-keys.ts';
import { eraseFromHelper, storeInHelper } from './credential-helper.ts';

type Document = Record<string, unknown> & AuthDocument;

/** The file that `login` writes: --authfile, REGISTRY_AUTH_FILE, else the user's own for this boot. */
export function ownAuthFile({ authFile, env, home }: AuthFileOptions): string {
  const named = authFile ?? env['REGISTRY_AUTH_FILE'];
  if (named) return named;
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime) return join(runtime, 'containers', 'auth.json');
  return join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'auth.json');
}

function readOwn(path: string): Document {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return {};
    throw error;
  }
  try {
    const document: unknown = text.trim() === '' ? {} : JSON.parse(text);
    if (typeof document === 'object' && document !== null) return document as Document;
  } catch {
    // The parser's message would quote the file, and with it secrets.
  }
  throw new BryoError('bad-auth-file', `${path} is not a valid file of credentials`);
}

function writeOwn(path: string, document: Document): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileAtomic(path, `${JSON.stringify(document, null, 2)}\n`, 'durable');
}

/** A file's entries with this one in the place of all that stood for the same registry. */
function withEntry(path: string, document: Document, key: string, entry: AuthEntry): Document {
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
  const path = ownAuthFile(options);
  const document = readOwn(path);
  const helper = helperFor(document, key);
  if (helper !== null) {
    const asked = formsOf(document.credHelpers, key).filter((name) => !name.includes('://'));
    const [own = key] = helperServers(key, []);
    for (const server of new Set([own, ...asked])) await storeInHelper(helper, server, login);
    writeOwn(path, withEntry(path, document, key, {}));
    return helper;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  writeOwn(path, withEntry(path, document, key, { auth }));
  return path;
}

/** Has the helper of a registry forget it under each of its names; false: it knew none. */
async function eraseEverywhere(document: Document, key: string): Promise<boolean> {
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
  const path = ownAuthFile(options);
  const document = readOwn(path);
  const auths = Object.entries(document.auths ?? {});
  const named = [...Object.keys(document.credHelpers ?? {}), ...auths.map(([name]) => name)];
  const keys = key === null ? new Set(named.map(normalizeKey)) : [key];
  let known = false;
  for (const each of keys) known = (await eraseEverywhere(document, each)) || known;
  const kept = key === null ? [] : auths.filter(([name]) => normalizeKey(name) !== key);
  if (kept.length === auths.length) return known;
  writeOwn(path, { ...document, auths: Object.fromEntries(kept) });
  return true;
}
