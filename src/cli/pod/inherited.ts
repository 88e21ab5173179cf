import { withInherited } from '../../engine/pods/inherit.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { checkDuplicates, withoutRepeats } from '../../request/mounts/repeats.ts';
import { readVolumeFlag, readVolumesFrom } from '../../request/mounts/volume-flag.ts';
import { readSecurityChoices } from '../../request/security.ts';
import type { Invocation } from '../command.ts';
import { readCdi, readDevices } from '../options/container/devices.ts';

/** Flags for what each container of a pod has. */
export const inheritedFlags: readonly string[] = [
  'device',
  'security-opt',
  'volume',
  'volumes-from',
];

/** The things that each container of the pod inherits. */
export function readInherited(
  invocation: Invocation,
): Pick<PodRecord, 'mounts' | 'devices' | 'deviceEnv' | 'security' | 'volumesFrom'> {
  const { texts } = invocation;
  const mounts = withoutRepeats(texts('volume').map(readVolumeFlag));
  checkDuplicates(mounts);
  const cdi = readCdi(invocation);
  return {
    mounts: withInherited(cdi.mounts, mounts),
    devices: [...readDevices(invocation).devices, ...cdi.devices],
    deviceEnv: cdi.env,
    security: readSecurityChoices(texts('security-opt')),
    volumesFrom: texts('volumes-from').map(readVolumesFrom),
  };
}
