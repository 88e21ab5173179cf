import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { writeFileAtomic } from '../store/atomic-file.ts';
import { type AuthFileOptions, normalizeKey } from './auth-file.ts';
import { eraseFromHelper, storeInHelper } from './credential-helper.ts';

type Document = Record<string, unknown> & {
  auths?: Record<string, unknown>;
  credHelpers?: Record<string, unknown>;
};

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

function helperOf(document: Document, key: string): string | null {
  const helper = document.credHelpers?.[key] ?? document['credsStore'];
  return typeof helper === 'string' && helper !== '' ? helper : null;
}

/** Keeps a login: in the helper that the file names for the registry, else in the file (0600); says which. */
export async function storeLogin(
  options: AuthFileOptions,
  key: string,
  login: { username: string; password: string },
): Promise<string> {
  const path = ownAuthFile(options);
  const document = readOwn(path);
  const helper = helperOf(document, key);
  if (helper !== null) {
    await storeInHelper(helper, key, login);
    return helper;
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  writeOwn(path, { ...document, auths: { ...document.auths, [key]: { auth } } });
  return path;
}

/** Forgets a login, or all of them (`key` null); false: there was none. */
export async function removeLogin(options: AuthFileOptions, key: string | null): Promise<boolean> {
  const path = ownAuthFile(options);
  const document = readOwn(path);
  const helper = key === null ? null : helperOf(document, key);
  if (helper !== null && key !== null) return eraseFromHelper(helper, key);
  const auths = Object.entries(document.auths ?? {});
  const kept = key === null ? [] : auths.filter(([name]) => normalizeKey(name) !== key);
  if (kept.length === auths.length) return false;
  writeOwn(path, { ...document, auths: Object.fromEntries(kept) });
  return true;
}
