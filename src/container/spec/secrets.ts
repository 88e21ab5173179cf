import { posix } from 'node:path';
import type { SecretRequest } from '../../request/secrets.ts';

const directory = '/run/secrets';

/** Where a mounted secret is in the container (podman-run(1), --secret). */
export function secretPath(request: SecretRequest & { kind: 'mount' }): string {
  return posix.resolve(directory, request.target);
}
