import { BryoError } from '../../base/errors.ts';
import type { SecretObject } from '../../kube/objects.ts';
import { type KeptSecret, readKeptSecret, secretText } from '../../kube/secret-value.ts';
import { findSecret, listSecrets, secretValue } from '../../secret/secrets.ts';
import type { Engine } from '../engine.ts';
import { createSecret } from '../secrets/secrets.ts';

/** The keys of a secret of that name with their values; null: there is none. Throws BryoError `bad-kube` for one without keys. */
export function keptSecret({ store }: Engine, name: string): KeptSecret | null {
  if (!listSecrets(store).some((secret) => secret.name === name)) return null;
  return readKeptSecret(name, secretValue(store, findSecret(store, name)));
}

/** Keeps a Secret in the place of what has its name; gives its id. Throws BryoError `secret-exists`. */
export async function playSecret(engine: Engine, secret: SecretObject): Promise<string> {
  const { name } = secret.metadata;
  if (isImmutable(engine, name)) {
    throw new BryoError(
      'secret-exists',
      `secret ${name}: cannot remove colliding secret as it is set to immutable`,
    );
  }
  return createSecret(engine, {
    name,
    driver: 'file',
    driverOptions: {},
    labels: {},
    value: Buffer.from(secretText(secret)),
    replace: true,
  });
}

/** Whether it says so itself; a secret that is none of Kubernetes' does not. */
function isImmutable(engine: Engine, name: string): boolean {
  try {
    return keptSecret(engine, name)?.immutable ?? false;
  } catch (error) {
    if (error instanceof BryoError && error.code === 'bad-kube') return false;
    throw error;
  }
}
