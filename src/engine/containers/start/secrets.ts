import { BryoError } from '../../../base/errors.ts';
import type { IdMapping } from '../../../base/id-map.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { secretPath } from '../../../container/spec/secrets.ts';
import { type InnerMap, storageId } from '../../../container/userns/container-map.ts';
import type { SecretFileInput } from '../../../plan/launch-input.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import type { SecretRequest } from '../../../request/secrets.ts';
import { findSecret, secretValue } from '../../../secret/secrets.ts';
import type { Store } from '../../../store/paths.ts';

/** The values of a container's secrets: they are in the launch plan only, never on the disk. */
export interface StartSecrets {
  /** `KEY=value` words. */
  env: string[];
  files: SecretFileInput[];
}

/** The options with the names of the secrets that they name. Throws BryoError `no-such-secret`. */
export function resolveSecrets(store: Store, options: ContainerOptions): ContainerOptions {
  const secrets = options.secrets.map((request) => ({
    ...request,
    secret: findSecret(store, request.secret).name,
  }));
  return { ...options, secrets };
}

function mappedId(id: number, mappings: readonly IdMapping[] | null, secret: string): number {
  return storageId(id, mappings, `--secret ${secret}`);
}

function environmentWord(request: SecretRequest, value: Uint8Array): string {
  if (!value.includes(0)) return `${request.target}=${Buffer.from(value).toString('utf8')}`;
  throw new BryoError(
    'bad-secret',
    `secret ${request.secret} holds a NUL: it cannot be an environment variable`,
    { hint: 'use type=mount' },
  );
}

export interface SecretCircumstances {
  inner: InnerMap | null;
  /** Stars in the place of values, for a plan that is only shown. */
  hidden: boolean;
}

/**
 * Reads the secrets of a container that is about to start. Throws BryoError `no-such-secret` for one
 * that was removed.
 */
export function loadSecrets(
  store: Store,
  { options }: ContainerRecord,
  { inner, hidden }: SecretCircumstances,
): StartSecrets {
  const secrets: StartSecrets = { env: [], files: [] };
  for (const request of options.secrets) {
    const info = findSecret(store, request.secret);
    const value = hidden ? Buffer.from('*******') : secretValue(store, info);
    if (request.kind === 'env') {
      secrets.env.push(environmentWord(request, value));
      continue;
    }
    const { secret, mode } = request;
    secrets.files.push({
      target: secretPath(request),
      content: value,
      mode,
      uid: mappedId(request.uid, inner?.uids ?? null, secret),
      gid: mappedId(request.gid, inner?.gids ?? null, secret),
    });
  }
  return secrets;
}

/** The environment secrets of a running container, for a session in it; removed ones are left out. */
export function sessionSecrets(store: Store, { options }: ContainerRecord): string[] {
  return options.secrets.flatMap((request) => {
    if (request.kind !== 'env') return [];
    try {
      return [environmentWord(request, secretValue(store, findSecret(store, request.secret)))];
    } catch (error) {
      if (error instanceof BryoError && error.code === 'no-such-secret') return [];
      throw error;
    }
  });
}
