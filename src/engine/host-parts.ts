import type { ContainerOptions, SecurityChoices } from '../container/options.ts';
import { checkSeccompProfile } from '../container/seccomp/program.ts';
import { expandDevice, requestedDevice } from '../container/spec/devices.ts';

/** Throws BryoError `bad-device` or `bad-seccomp` for what no start would find on the host. */
export function checkHostParts({
  devices,
  security,
}: Pick<ContainerOptions, 'devices'> & { security: SecurityChoices }): void {
  devices.flatMap(expandDevice).forEach(requestedDevice);
  checkSeccompProfile(security.seccomp);
}
