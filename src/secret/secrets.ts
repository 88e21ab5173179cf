import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { acquireLock, type HeldLock } from '../native/locks.ts';
import { isStaleTemporary, syncDirectory, writeFileAtomic } from '../store/atomic-file.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import { driverOf } from './drivers.ts';
import { checkSecretName, checkSecretValue, newSecretId, type SecretInfo } from './secret.ts';

function entriesOf(store: Store): string[] {
  try {
    return readdirSync(storePaths.secrets(store));
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function infoPath(store: Store, id: string): string {
  return join(storePaths.secrets(store), `${id}.json`);
}

/** Every description there is; of one name there may be two when a replacement was cut short. */
function readDescriptions(store: Store): SecretInfo[] {
  return entriesOf(store)
    .filter((entry) => /^[0-9a-f]{25}\.json$/.test(entry))
    .flatMap((entry) => {
      try {
        const path = join(storePaths.secrets(store), entry);
        return [JSON.parse(readFileSync(path, 'utf8')) as SecretInfo];
      } catch (error) {
        if (errnoCode(error) === 'ENOENT') return [];
        throw error;
      }
    })
    .sort((a, b) => (a.updatedAt < b.updatedAt ? -1 : 1));
}

/** All secrets, oldest first; without their values. */
export function listSecrets(store: Store): SecretInfo[] {
  const byName = new Map(readDescriptions(store).map((info) => [info.name, info]));
  return [...byName.values()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/**
 * A secret by its name, id or an unambiguous beginning of its id. Throws BryoError `no-such-secret`
 * or `ambiguous-id`.
 */
export function findSecret(store: Store, nameOrId: string): SecretInfo {
  const secrets = listSecrets(store);
  const exact = secrets.find(({ name, id }) => name === nameOrId || id === nameOrId);
  if (exact !== undefined) return exact;
  const matches = nameOrId === '' ? [] : secrets.filter(({ id }) => id.startsWith(nameOrId));
  const [only, other] = matches;
  if (other !== undefined) {
    throw new BryoError('ambiguous-id', `more than one secret id begins with "${nameOrId}"`);
  }
  if (only !== undefined) return only;
  throw new BryoError(
    'no-such-secret',
    `no secret with name or id ${JSON.stringify(nameOrId)}: no such secret`,
  );
}

/** Whoever makes or removes secrets is alone. */
function lockSecrets(store: Store): HeldLock | null {
  makeStoreDirectory(store, store.root);
  makeStoreDirectory(store, storePaths.secrets(store));
  return acquireLock(storePaths.secretsLock(store), 'exclusive', true);
}

/** What a killed command has left: values without a description, half-written files. */
function sweep(store: Store): void {
  const entries = entriesOf(store);
  const known = new Set(entries);
  for (const entry of entries) {
    const orphan = entry.endsWith('.data') && !known.has(entry.replace(/data$/, 'json'));
    if (orphan || isStaleTemporary(entry)) rmSync(join(storePaths.secrets(store), entry));
  }
}

function removeOne(store: Store, info: SecretInfo): void {
  rmSync(infoPath(store, info.id));
  syncDirectory(storePaths.secrets(store));
  driverOf(store, info.driver).remove(info);
}

export interface SecretRequest
  extends Pick<SecretInfo, 'name' | 'driver' | 'driverOptions' | 'labels'> {
  value: Uint8Array;
  /** Take the place of a secret of this name. */
  replace: boolean;
}

/**
 * Makes a secret; returns its id. Both value and description are on the disk then. Throws BryoError
 * `secret-exists`.
 */
export function createSecret(store: Store, request: SecretRequest): string {
  const { value, replace, ...description } = request;
  checkSecretName(request.name);
  checkSecretValue(value);
  const lock = lockSecrets(store);
  try {
    sweep(store);
    const all = readDescriptions(store).filter(({ name }) => name === request.name);
    const [old] = all;
    if (old !== undefined && !replace) {
      throw new BryoError('secret-exists', `${request.name}: secret name in use`);
    }
    const now = new Date().toISOString();
    const info: SecretInfo = {
      id: newSecretId(),
      ...description,
      createdAt: old?.createdAt ?? now,
      updatedAt: now,
    };
    driverOf(store, info.driver).store(info, value);
    writeFileAtomic(infoPath(store, info.id), JSON.stringify(info), 'durable');
    for (const replaced of all) removeOne(store, replaced);
    return info.id;
  } finally {
    lock?.release();
  }
}

/** Removes a secret; returns what it was. */
export function removeSecret(store: Store, nameOrId: string): SecretInfo {
  const lock = lockSecrets(store);
  try {
    const found = findSecret(store, nameOrId);
    const all = readDescriptions(store).filter(({ name }) => name === found.name);
    for (const info of all) removeOne(store, info);
    return found;
  } finally {
    lock?.release();
  }
}

/** A secret's value, from whoever keeps it. */
export function secretValue(store: Store, info: SecretInfo): Uint8Array {
  return driverOf(store, info.driver).lookup(info);
}
