import { BryoError } from '../base/errors.ts';
import { randomHex } from '../base/random.ts';

/** secrets/<id>.json: all that is known of a secret but its value. */
export interface SecretInfo {
  id: string;
  name: string;
  /** RFC 3339. */
  createdAt: string;
  updatedAt: string;
  driver: DriverName;
  driverOptions: Record<string, string>;
  labels: Record<string, string>;
  /**
   * Checksum of a value that lies beside its description; absent for others, whose keepers may keep
   * them better than the store.
   */
  valueSum?: string;
}

/** The keeper of the values: files of the store, or commands of the user's. */
export type DriverName = 'file' | 'shell';

const namePattern = /^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$/;
const maxNameLength = 253;

/** Bytes; podman-secret-create(1). */
export const maxSecretSize = 512_000;

/** Throws BryoError `bad-secret-name` unless it is a name. */
export function checkSecretName(name: string): void {
  if (namePattern.test(name) && name.length <= maxNameLength) return;
  throw new BryoError('bad-secret-name', `invalid secret name ${JSON.stringify(name)}`, {
    hint: `letters, digits, "_", "." and "-", at most ${maxNameLength}, with a letter or digit at both ends`,
  });
}

/** Throws BryoError `bad-secret` for a value that is empty or too long. */
export function checkSecretValue(value: Uint8Array): void {
  if (value.length > 0 && value.length < maxSecretSize) return;
  throw new BryoError(
    'bad-secret',
    `secret data must be larger than 0 and less than ${maxSecretSize} bytes`,
  );
}

/** 25 hexadecimal digits, as podman's. */
export function newSecretId(): string {
  return randomHex(13).slice(0, 25);
}
