import type { SecretRequest } from '../../../request/secrets.ts';
import { listSecrets } from '../../../secret/secrets.ts';
import type { Store } from '../../../store/paths.ts';

/** As podman shows secrets in the environment. */
export function hiddenVariables(secrets: readonly SecretRequest[]): string[] {
  return secrets.flatMap(({ kind, target }) => (kind === 'env' ? [`${target}=*******`] : []));
}

/** The secrets that a container has as files. */
export function secretObjects(store: Store, secrets: readonly SecretRequest[]) {
  if (secrets.length === 0) return [];
  const ids = new Map(listSecrets(store).map(({ id, name }) => [name, id]));
  return secrets.flatMap((request) => {
    if (request.kind !== 'mount') return [];
    const { secret, uid, gid, mode } = request;
    return [{ Name: secret, ID: ids.get(secret) ?? '', UID: uid, GID: gid, Mode: mode }];
  });
}
