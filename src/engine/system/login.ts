import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import { normalizeKey } from '../../registry/auth-keys.ts';
import { findCredentials } from '../../registry/find-credentials.ts';
import { checkLogin } from '../../registry/login.ts';
import { removeLogin, storeLogin } from '../../registry/logins.ts';

export interface LoginRequest {
  /** As the user wrote it: `quay.io`, `https://quay.io/`, `localhost:5000/team`. */
  registry: string;
  authFile: string | null;
  tlsVerify: boolean;
  /** `--cert-dir`. */
  certDir: string | null;
  /** Hears of long waits that the registry asks for. */
  onWait?(words: string): void;
}

/** `host[:port][/namespace]` without scheme. Throws BryoError `bad-registry`. */
export function registryKey(text: string): string {
  const key = normalizeKey(text.toLowerCase());
  if (!/^[a-z0-9[][a-z0-9.\-:[\]]*(\/[a-z0-9._-]+)*$/.test(key)) {
    throw new BryoError('bad-registry', `invalid registry ${JSON.stringify(text)}`, {
      hint: 'HOST[:PORT] is needed',
    });
  }
  return key;
}

function files(authFile: string | null) {
  return { authFile, env: process.env, home: homedir() };
}

function hostOfKey(key: string): string {
  return key.split('/')[0] ?? key;
}

/** The user that is logged in at a registry; null: nobody is. */
export async function loggedInUser(request: LoginRequest): Promise<string | null> {
  const key = registryKey(request.registry);
  const namespace = key.slice(hostOfKey(key).length + 1);
  const options = { ...files(request.authFile), mayBeMissing: true };
  const found = await findCredentials(hostOfKey(key), namespace, options);
  if (found === null) return null;
  return found.kind === 'basic' ? found.username : '<token>';
}

/** Checks a login with its registry and keeps it; gives the file or the helper that does. */
export async function logIn(
  request: LoginRequest,
  login: { username: string; password: string },
): Promise<string> {
  const key = registryKey(request.registry);
  await checkLogin({
    host: hostOfKey(key),
    tlsVerify: request.tlsVerify,
    certDir: request.certDir,
    ...(request.onWait && { onWait: request.onWait }),
    credentials: { kind: 'basic', ...login },
    ...files(request.authFile),
  });
  return storeLogin(files(request.authFile), key, login);
}

/** Forgets a login, or all of them (null). Throws BryoError `not-logged-in`. */
export async function logOut(registry: string | null, authFile: string | null): Promise<void> {
  const key = registry === null ? null : registryKey(registry);
  if (await removeLogin(files(authFile), key)) return;
  if (key === null) return;
  throw new BryoError('not-logged-in', `not logged into ${key}`);
}
