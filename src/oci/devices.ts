import { readFileSync, statSync } from 'node:fs';
import { deviceNumbers, standardDevices } from '../container/spec/devices.ts';
import type { OciDevice, OciNode } from '../plan/spec.ts';
import { allowedWays, type DeviceRule, ways } from './device-rules.ts';
import type { Fields } from './fields.ts';

/** Whether the host's node of a device is there. */
function isNode(path: string, type: 'c' | 'b', major: number, minor: number): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  const numbers = deviceNumbers(stat.rdev);
  const sameType = type === 'b' ? stat.isBlockDevice() : stat.isCharacterDevice();
  return sameType && numbers.major === major && numbers.minor === minor;
}

/**
 * The host's node of a device: without root a node can only be bound, not made. It keeps its owner and mode,
 * whatever the configuration says of them, as with other runtimes.
 */
function hostNode(path: string, type: 'c' | 'b', major: number, minor: number): string | null {
  const names = [path];
  try {
    const kind = type === 'c' ? 'char' : 'block';
    const text = readFileSync(`/sys/dev/${kind}/${major}:${minor}/uevent`, 'utf8');
    const name = /^DEVNAME=(.*)$/m.exec(text)?.[1];
    if (name !== undefined) names.push(`/dev/${name}`);
  } catch {
    // Not every device has an entry there.
  }
  return names.find((source) => isNode(source, type, major, minor)) ?? null;
}

/** Whatever else is in `fileMode` says of what kind the file is, which `type` does. */
const modeBits = 0o7777;

/** The kernel has 12 bits for a major number and 20 for a minor one. */
const mostMajor = 0xfff;
const mostMinor = 0xf_ffff;

function readNode(fields: Fields, type: OciNode['type']): OciNode {
  const path = fields.text('path');
  const [major, minor] =
    type === 'p' ? [0, 0] : [fields.unsigned('major', 0), fields.unsigned('minor', 0)];
  if (major > mostMajor) throw fields.wrong('major', `is above ${mostMajor}`);
  if (minor > mostMinor) throw fields.wrong('minor', `is above ${mostMinor}`);
  const mode = fields.unsigned('fileMode', 0o666) & modeBits;
  const [uid, gid] = [fields.unsigned('uid', 0), fields.unsigned('gid', 0)];
  return { path, type, major, minor, mode, uid, gid, closed: false };
}

/** `linux.devices`: what is bound, and what is made. */
interface Devices {
  devices: OciDevice[];
  nodes: OciNode[];
}

function readDevice(
  fields: Fields,
  standard: readonly OciDevice[],
  makesNodes: boolean,
): OciDevice | OciNode | null {
  const path = fields.text('path');
  if (!path.startsWith('/')) throw fields.wrong('path', 'is not an absolute path');
  const kind = fields.text('type');
  if (kind === 'p') return readNode(fields, 'p');
  if (!['c', 'u', 'b'].includes(kind)) throw fields.wrong('type', 'is not c, u, b or p');
  const type = kind === 'b' ? 'b' : 'c';
  const major = fields.unsigned('major', 0);
  const minor = fields.unsigned('minor', 0);
  // A container's is a link to the one of its own devpts.
  if (path === '/dev/ptmx') return null;
  const always = standard.find((device) => device.path === path);
  if (always !== undefined) {
    const same = type === 'c' && always.major === major && always.minor === minor;
    if (same) return null;
    throw fields.unsupported('path', `${path} is always c ${always.major}:${always.minor}`);
  }
  if (makesNodes) return readNode(fields, type);
  const source = hostNode(path, type, major, minor);
  if (source === null) {
    throw fields.unsupported('path', `the host has no device node ${kind} ${major}:${minor}`);
  }
  return { path, type, major, minor, source };
}

/**
 * Reads `linux.devices` (config-linux.md, "Devices"); those that every container has come first. `makesNodes`:
 * the others are made as they are described, else the host's are bound.
 */
export function readDevices(linux: Fields, makesNodes: boolean): Devices {
  const standard = standardDevices();
  const found: Devices = { devices: [...standard], nodes: [] };
  for (const fields of linux.objects('devices')) {
    const device = readDevice(fields, standard, makesNodes);
    if (device === null) continue;
    if ('source' in device) found.devices.push(device);
    else found.nodes.push(device);
  }
  return found;
}

/**
 * Checks `linux.resources.devices` where no filter keeps it, and returns the nodes with what it makes of them. A
 * device that is bound is the host's: whether it can be opened is for that node to say, and a rule against it cannot
 * be kept. One that is made can be closed, but only as a whole.
 */
export function applyDeviceRules(
  resources: Fields | null,
  rules: readonly DeviceRule[],
  found: Devices,
): OciNode[] {
  const use = ways.r | ways.w;
  const refuse = (path: string) =>
    resources?.unsupported('devices', `${path} of linux.devices is denied by it`);
  for (const device of found.devices.slice(standardDevices().length)) {
    if ((allowedWays(rules, device) & use) !== use) throw refuse(device.path);
  }
  return found.nodes.map((node) => {
    if (node.type === 'p') return node;
    const left = allowedWays(rules, node) & use;
    if (left !== use && left !== 0) throw refuse(node.path);
    return { ...node, closed: left === 0 };
  });
}
