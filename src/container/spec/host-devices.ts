import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceRequest } from '../../request/devices.ts';
import { isDeviceNode } from './devices.ts';

/** Directories of /dev that a container has of its own, or that hold no nodes. */
const own = new Set(['pts', 'shm', 'mqueue', 'fd', 'hugepages']);
/** Nodes that belong to the container's own terminal, or are there anyway. */
const ownNode = /^(null|zero|full|random|urandom|ptmx|console|tty\d*)$/;

function entries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/**
 * All device nodes of the host but its virtual consoles, for `--privileged` (podman-run(1)). What the
 * caller may not open there stays closed in the container.
 */
export function hostDevices(directory = '/dev'): DeviceRequest[] {
  return entries(directory).flatMap((entry): DeviceRequest[] => {
    const source = join(directory, entry.name);
    if (entry.isDirectory()) {
      return directory === '/dev' && own.has(entry.name) ? [] : hostDevices(source);
    }
    const taken = directory === '/dev' && ownNode.test(entry.name);
    return !taken && isDeviceNode(source) ? [{ source, target: source, permissions: 'rwm' }] : [];
  });
}
