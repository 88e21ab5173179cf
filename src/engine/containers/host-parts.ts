import { realpathSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { checkSeccompProfile } from '../../container/seccomp/program.ts';
import { expandDevice, requestedDevice } from '../../container/spec/devices.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { SecurityChoices } from '../../request/security.ts';

/** A source must be there: making one would hide a typing error (as podman does). */
export function bindSource(mount: { source: string }): string {
  try {
    return realpathSync(mount.source);
  } catch (cause) {
    const code = errnoCode(cause);
    const why = code === 'ENOENT' ? 'no such file or directory' : (code ?? cause);
    throw new BryoError('no-mount-source', `statfs ${mount.source}: ${why}`, { cause });
  }
}

/**
 * Throws BryoError `no-mount-source`, `bad-device` or `bad-seccomp` for what no start would find on
 * the host.
 */
export async function checkHostParts({
  mounts,
  devices,
  security,
}: Pick<ContainerOptions, 'mounts' | 'devices'> & { security: SecurityChoices }): Promise<void> {
  for (const mount of mounts) if (mount.kind === 'bind') bindSource(mount);
  devices.flatMap(expandDevice).forEach(requestedDevice);
  await checkSeccompProfile(security.seccomp);
}
