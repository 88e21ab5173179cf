import { BryoError } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import type { OciNamespace } from '../plan/spec.ts';
import type { Fields } from './fields.ts';

/** A network device that a container gets of the runtime's network. */
export interface NetDevice {
  name: string;
  /** The name that it has in the container. */
  newName: string;
}

/** Names that the kernel takes (dev_valid_name in net/core/dev.c). */
function isDeviceName(name: string): boolean {
  return /^[^/:\s\0]{1,15}$/.test(name) && name !== '.' && name !== '..';
}

/**
 * Reads `linux.netDevices` (config-linux.md, "Network Devices"). Errors: `bad-config`, `unsupported`.
 */
export function readNetDevices(linux: Fields, namespaces: readonly OciNamespace[]): NetDevice[] {
  const devices = linux.optionalObject('netDevices');
  const names = devices?.names() ?? [];
  if (devices === null || names.length === 0) return [];
  if (process.geteuid?.() !== 0) {
    throw linux.unsupported('netDevices', 'moving a network device needs root');
  }
  if (!namespaces.some(({ type }) => type === 'network')) {
    throw linux.unsupported('netDevices', 'they need a network namespace of the container');
  }
  return names.map((name) => {
    const newName = devices.optionalObject(name)?.optionalText('name') || name;
    for (const word of [name, newName]) {
      if (!isDeviceName(word)) throw devices.wrong(name, `is not a device: bad name ${word}`);
    }
    return { name, newName };
  });
}

const killWait = 10_000;

/** Moves devices to a container that waits for its start; it is ended when one cannot be. Errors: `no-net-device`. */
export function moveNetDevices(devices: readonly NetDevice[], pid: number): void {
  for (const { name, newName } of devices) {
    try {
      addon().moveNetDevice(name, newName, `/proc/${pid}/ns/net`);
    } catch (cause) {
      process.kill(pid, 'SIGKILL');
      addon().waitProcess(pid, killWait);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new BryoError('no-net-device', `cannot move network device ${name}: ${why}`, { cause });
    }
  }
}
