import {
  removeSecret as dropSecret,
  createSecret as makeSecret,
  type SecretRequest,
} from '../../secret/secrets.ts';
import type { Engine } from '../engine.ts';
import { recordSecretEvent } from '../events.ts';

/** Makes a secret; gives its id. Throws BryoError `secret-exists`, `bad-secret`. */
export async function createSecret(engine: Engine, request: SecretRequest): Promise<string> {
  const id = await makeSecret(engine.store, request);
  recordSecretEvent(engine, { id, name: request.name }, 'create');
  return id;
}

/** Removes a secret; gives its id. Throws BryoError `no-such-secret`. */
export async function removeSecret(engine: Engine, nameOrId: string): Promise<string> {
  const removed = await dropSecret(engine.store, nameOrId);
  recordSecretEvent(engine, removed, 'remove');
  return removed.id;
}
