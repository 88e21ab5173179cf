import { badValue } from './values.ts';

/** A device of the host: `--device`. */
export interface DeviceRequest {
  source: string;
  target: string;
  permissions: string;
}

/** `HOST[:TARGET[:rwm]]`. Throws BryoError `bad-flag-value`. */
export function readDevice(text: string): DeviceRequest {
  const [source = '', second, third] = text.split(':');
  const permissionsOnly = second !== undefined && /^[rwm]{1,3}$/.test(second);
  const target = second === undefined || permissionsOnly ? source : second;
  const permissions = (permissionsOnly ? second : third) ?? 'rwm';
  if (!source.startsWith('/') || !target.startsWith('/') || !/^[rwm]{1,3}$/.test(permissions)) {
    throw badValue('--device', text, 'HOST[:TARGET[:rwm]] is needed');
  }
  return { source, target, permissions };
}
