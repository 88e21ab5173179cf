import { readFileSync, statSync } from 'node:fs';
import { deviceNumbers, standardDevices } from '../container/spec/devices.ts';
import type { OciDevice } from '../plan/spec.ts';
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

function readDevice(fields: Fields, standard: readonly OciDevice[]): OciDevice | null {
  const path = fields.text('path');
  const kind = fields.text('type');
  if (kind === 'p') throw fields.unsupported('type', 'a FIFO can only be made by the payload');
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
  const source = hostNode(path, type, major, minor);
  if (source === null) {
    throw fields.unsupported('path', `the host has no device node ${kind} ${major}:${minor}`);
  }
  return { path, type, major, minor, source };
}

/** Reads `linux.devices` (config-linux.md, "Devices"); those that every container has come first. */
export function readDevices(linux: Fields): OciDevice[] {
  const standard = standardDevices();
  const others = linux.objects('devices').map((fields) => readDevice(fields, standard));
  return [...standard, ...others.filter((device) => device !== null)];
}

/** Whether a rule is about a device: -1 and nothing stand for every number. */
function concerns(rule: Fields, device: OciDevice): boolean {
  const fits = (name: 'major' | 'minor'): boolean => {
    const number = rule.optionalInteger(name) ?? -1;
    return number < 0 || number === device[name];
  };
  const type = rule.optionalText('type') ?? 'a';
  return (type === 'a' || type === '' || type === device.type) && fits('major') && fits('minor');
}

/**
 * Checks `linux.resources.devices` (config-linux.md, "Allowed Device list"). No device can be made
 * without root, so a rule can only be broken for what `linux.devices` has bound: whether that can be
 * opened is for the host's node to say.
 */
export function checkDeviceRules(resources: Fields | null, devices: readonly OciDevice[]): void {
  const rules = resources?.objects('devices') ?? [];
  for (const device of devices.slice(standardDevices().length)) {
    const allowed = { r: true, w: true };
    for (const rule of rules) {
      const access = rule.optionalText('access') ?? '';
      for (const way of ['r', 'w'] as const) {
        if (access.includes(way) && concerns(rule, device)) allowed[way] = rule.flag('allow');
      }
    }
    if (allowed.r && allowed.w) continue;
    throw resources?.unsupported('devices', `${device.path} of linux.devices is denied by it`);
  }
}
