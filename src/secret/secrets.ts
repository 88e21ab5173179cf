import { BryoError } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import { acquireLock, type HeldLock } from '../native/locks.ts';
import { type Store, storePaths } from '../store/paths.ts';
import { DamagedRecordError } from '../store/record-file.ts';
import { makeStoreDirectory } from '../store/store-dirs.ts';
import {
  type DamagedSecret,
  dropIntent,
  intend,
  publish,
  readDescriptions,
  remove,
  removeUnknown,
  settleSecrets,
} from './descriptions.ts';
import { driverOf, isBeside } from './drivers.ts';
import { checkSecretName, checkSecretValue, newSecretId, type SecretInfo } from './secret.ts';

/** All secrets, oldest first; without their values. Damaged ones are told apart. */
export function listSecrets(store: Store): SecretInfo[] {
  const byName = new Map(readDescriptions(store).infos.map((info) => [info.name, info]));
  return [...byName.values()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

/** The secrets whose descriptions are damaged. */
export function listDamagedSecrets(store: Store): DamagedSecret[] {
  return readDescriptions(store).damaged;
}

function damagedSecret({ id, problem }: DamagedSecret): DamagedRecordError {
  return new DamagedRecordError(
    `secret ${id}`,
    problem,
    `'bryo secret rm ${id}' removes it; then create it again`,
  );
}

/**
 * A secret by its name, id or an unambiguous beginning of its id. Throws BryoError `no-such-secret`
 * or `ambiguous-id`, and DamagedRecordError.
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
  const damaged = findDamaged(store, nameOrId);
  if (damaged !== null) throw damagedSecret(damaged);
  throw new BryoError(
    'no-such-secret',
    `no secret with name or id ${JSON.stringify(nameOrId)}: no such secret`,
  );
}

/** Takes the lock with which secrets are made and removed. */
function lockSecrets(store: Store): Promise<HeldLock> {
  makeStoreDirectory(store, store.root);
  makeStoreDirectory(store, storePaths.secrets(store));
  return acquireLock(storePaths.secretsLock(store), 'exclusive');
}

/** The damaged secret of that id or beginning of it; null when there is none. */
function findDamaged(store: Store, id: string): DamagedSecret | null {
  if (id === '') return null;
  return listDamagedSecrets(store).find((damaged) => damaged.id.startsWith(id)) ?? null;
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
export async function createSecret(store: Store, request: SecretRequest): Promise<string> {
  const { value, replace, ...description } = request;
  checkSecretName(request.name);
  checkSecretValue(value);
  const lock = await lockSecrets(store);
  try {
    settleSecrets(store, true);
    const { infos } = readDescriptions(store);
    const all = infos.filter(({ name }) => name === request.name);
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
      ...(isBeside(request) && { valueSum: addon().checksum(value) }),
    };
    intend(store, info, all);
    try {
      driverOf(store, info.driver).store(info, value);
      publish(store, info, all);
    } catch (error) {
      // A command of the user's that could not keep the value has nothing to forget.
      if (info.driver === 'shell') dropIntent(store, info.id);
      else settleSecrets(store, false);
      throw error;
    }
    return info.id;
  } finally {
    lock.release();
  }
}

/** Removes a secret, also a damaged one; returns what is known of it. */
export async function removeSecret(
  store: Store,
  nameOrId: string,
): Promise<Pick<SecretInfo, 'id' | 'name'>> {
  const lock = await lockSecrets(store);
  try {
    const damaged = findDamaged(store, nameOrId);
    if (damaged !== null && damaged.id === nameOrId) {
      removeUnknown(store, damaged.id);
      return { id: damaged.id, name: '' };
    }
    const found = findSecret(store, nameOrId);
    const { infos } = readDescriptions(store);
    for (const info of infos.filter(({ name }) => name === found.name)) remove(store, info);
    return found;
  } finally {
    lock.release();
  }
}

/** A secret's value, from whoever keeps it. */
export function secretValue(store: Store, info: SecretInfo): Uint8Array {
  return driverOf(store, info.driver).lookup(info);
}
