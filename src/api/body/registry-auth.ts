import { parseTransport } from '../../image/transport.ts';
import type { Credentials } from '../../registry/credentials.ts';
import type { Headers } from '../http/head.ts';
import { HttpProblem } from '../http/problem.ts';
import { Field } from './field.ts';

/** JSON of a header in base64 or base64url, with padding or without. Throws HttpProblem 400. */
function decode(name: string, value: string): Field {
  const plain = Buffer.from(
    value,
    value.includes('-') || value.includes('_') ? 'base64url' : 'base64',
  );
  try {
    return new Field(JSON.parse(plain.toString('utf8')), name);
  } catch {
    throw new HttpProblem(400, `${name}: JSON in base64 is needed`);
  }
}

function accountOf(auth: Field): Credentials | null {
  const token = auth.get('identitytoken').word();
  if (token !== null) return { kind: 'identity-token', token };
  const username = auth.get('username').word();
  if (username === null) return null;
  return { kind: 'basic', username, password: auth.get('password').text() ?? '' };
}

/** The account that X-Registry-Auth names; null: none, those that are kept are used. Throws HttpProblem 400. */
export function readCredentials(headers: Headers): Credentials | null {
  const value = headers.get('x-registry-auth');
  if (value === undefined || value === '') return null;
  return accountOf(decode('X-Registry-Auth', value));
}

/**
 * The account for an image's registry, where the header may hold accounts by registry, as podman's client sends all
 * that it keeps. Null: none. Throws HttpProblem 400.
 */
export function readCredentialsFor(headers: Headers, name: string): Credentials | null {
  const single = readCredentials(headers);
  const value = headers.get('x-registry-auth');
  if (single !== null || !value) return single;
  const plain = name.replace(/^docker:\/\//, '');
  const fitting = decode('X-Registry-Auth', value)
    .entries()
    .filter(([key]) => plain === key || plain.startsWith(`${key}/`) || plain.startsWith(`${key}:`))
    .sort(([one], [other]) => other.length - one.length);
  const [, account] = fitting[0] ?? [];
  return account === undefined ? null : accountOf(account);
}

/** The registry that a key of X-Registry-Config means: docker's clients have an address for Docker Hub. */
function registryOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
  return ['index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}

/** The accounts that X-Registry-Config names, by registry. Throws HttpProblem 400. */
export function readAccounts(headers: Headers): ReadonlyMap<string, Credentials> {
  const value = headers.get('x-registry-config');
  if (value === undefined || value === '') return new Map();
  const entries = decode('X-Registry-Config', value)
    .entries()
    .flatMap(([key, auth]): [string, Credentials][] => {
      const account = accountOf(auth);
      return account === null ? [] : [[registryOf(key), account]];
    });
  return new Map(entries);
}

/** Throws HttpProblem 400 for a place that is no registry: a request never reads or writes files of the service. */
export function checkRegistryName(name: string): void {
  const place = parseTransport(name);
  if (place === null || place.transport === 'docker') return;
  throw new HttpProblem(
    400,
    `unsupported transport ${place.transport} in ${JSON.stringify(name)}: only docker transport is supported`,
  );
}
