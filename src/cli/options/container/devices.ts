import type { ContainerOptions, DeviceRequest } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue } from '../read-values.ts';

/** Flags of `run` and `create` about devices. */
export const deviceOptions: readonly OptionSpec[] = [
  {
    name: 'device',
    value: 'HOST[:TARGET[:rwm]]',
    repeat: true,
    help: 'give access to a device that the caller may use',
  },
];

function readDevice(text: string): DeviceRequest {
  const [source = '', second, third] = text.split(':');
  const permissionsOnly = second !== undefined && /^[rwm]{1,3}$/.test(second);
  const target = second === undefined || permissionsOnly ? source : second;
  const permissions = (permissionsOnly ? second : third) ?? 'rwm';
  if (!source.startsWith('/') || !target.startsWith('/') || !/^[rwm]{1,3}$/.test(permissions)) {
    throw badValue('--device', text, 'HOST[:TARGET[:rwm]] is needed');
  }
  return { source, target, permissions };
}

/** Devices of the host. */
export function readDevices(invocation: Invocation): Pick<ContainerOptions, 'devices'> {
  return { devices: invocation.texts('device').map(readDevice) };
}
