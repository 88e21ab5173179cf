import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { OciDevice, OciMount } from '../../plan/spec.ts';
import type { DeviceRequest } from '../../request/devices.ts';

/** Name, major and minor number of what every container has in /dev (config-linux.md). */
const standard: readonly [name: string, major: number, minor: number][] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

export function standardDevices(): OciDevice[] {
  return standard.map(([name, major, minor]) => {
    const path = `/dev/${name}`;
    return { path, type: 'c', major, minor, source: path };
  });
}

/** Takes a device number apart: makedev(3), 12 bits of major number around 20 of minor. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  return { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}

function statDevice(request: DeviceRequest) {
  try {
    return statSync(request.source);
  } catch (error) {
    const why = errnoCode(error) === 'ENOENT' ? 'no such device' : String(errnoCode(error));
    throw new BryoError('bad-device', `--device ${request.source}: ${why}`);
  }
}

/** A device asked for with --device, checked to be one. Without root, a node can only be bound. */
export function requestedDevice(request: DeviceRequest): OciDevice {
  const stat = statDevice(request);
  if (!stat.isCharacterDevice() && !stat.isBlockDevice()) {
    throw new BryoError('bad-device', `--device ${request.source}: not a device node`);
  }
  return {
    path: request.target,
    type: stat.isBlockDevice() ? 'b' : 'c',
    ...deviceNumbers(stat.rdev),
    source: request.source,
  };
}

/**
 * Whether a device node is at the path itself, not behind a link. What its directory says of an entry is not enough:
 * where a node is bound over a file, as in containers, the entry is a file's.
 */
export function isDeviceNode(path: string): boolean {
  try {
    const stat = lstatSync(path);
    return stat.isCharacterDevice() || stat.isBlockDevice();
  } catch {
    return false;
  }
}

const mostNodes = 1024;

/** The entries of a directory; one that the caller may not look into holds nothing that it may use. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (errnoCode(error) === 'EACCES') return [];
    throw error;
  }
}

/** `--device DIRECTORY`: all device nodes in it and below; any other request stands for itself. */
export function expandDevice(request: DeviceRequest): DeviceRequest[] {
  if (!statDevice(request).isDirectory()) return [request];
  const found: DeviceRequest[] = [];
  const walk = (source: string, target: string): void => {
    for (const entry of entriesOf(source)) {
      const place = { source: join(source, entry.name), target: join(target, entry.name) };
      if (entry.isDirectory()) walk(place.source, place.target);
      else if (isDeviceNode(place.source)) {
        found.push({ ...place, permissions: request.permissions });
      }
      if (found.length > mostNodes) {
        throw new BryoError(
          'bad-device',
          `--device ${request.source}: more than ${mostNodes} nodes`,
        );
      }
    }
  };
  walk(request.source, request.target);
  if (found.length > 0) return found;
  throw new BryoError('bad-device', `--device ${request.source}: there is no device node in it`);
}

/** The permissions of --device beyond what the node itself allows: only read-only can be made. */
export function deviceMountOptions(permissions: string): OciMount['options'] {
  return permissions.includes('w') ? [] : ['ro'];
}
