import { readFileSync, type Stats, statSync } from 'node:fs';
import { deviceNumbers, standardDevices } from '../container/spec/devices.ts';
import type { OciDevice } from '../plan/spec.ts';
import type { Fields } from './fields.ts';

/** A device's node on the host, if that is what is there. */
function statNode(path: string, type: 'c' | 'b', major: number, minor: number): Stats | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const numbers = deviceNumbers(stat.rdev);
  const sameType = type === 'b' ? stat.isBlockDevice() : stat.isCharacterDevice();
  return sameType && numbers.major === major && numbers.minor === minor ? stat : null;
}

/** The host's node of a device: without root a node can only be bound, not made. */
function hostNode(path: string, type: 'c' | 'b', major: number, minor: number) {
  const names = [path];
  try {
    const kind = type === 'c' ? 'char' : 'block';
    const text = readFileSync(`/sys/dev/${kind}/${major}:${minor}/uevent`, 'utf8');
    const name = /^DEVNAME=(.*)$/m.exec(text)?.[1];
    if (name !== undefined) names.push(`/dev/${name}`);
  } catch {
    // Not every device has an entry there.
  }
  for (const source of names) {
    const stat = statNode(source, type, major, minor);
    if (stat !== null) return { source, stat };
  }
  return null;
}

/** Refuses another owner or mode for a node: one that is bound has those of the host's. */
function checkOwner(fields: Fields, { uid, gid, mode }: Stats): void {
  const bound = { uid, gid, fileMode: mode & 0o7777 };
  for (const [name, value] of Object.entries(bound)) {
    const wanted = fields.optionalInteger(name);
    if (wanted === null || wanted === value) continue;
    const shown = name === 'fileMode' ? `mode 0${value.toString(8)}` : `${name} ${value}`;
    throw fields.unsupported(name, `the host's node is bound, and that has ${shown}`);
  }
}

function readDevice(fields: Fields, standard: readonly OciDevice[]): OciDevice | null {
  const path = fields.text('path');
  const kind = fields.text('type');
  if (kind === 'p') throw fields.unsupported('type', 'a FIFO can only be made by the payload');
  if (!['c', 'u', 'b'].includes(kind)) throw fields.wrong('type', 'is not c, u, b or p');
  const type = kind === 'b' ? 'b' : 'c';
  const major = fields.unsigned('major', 0);
  const minor = fields.unsigned('minor', 0);
  const always = standard.find((device) => device.path === path);
  if (always !== undefined) {
    const same = type === 'c' && always.major === major && always.minor === minor;
    if (same) return null;
    throw fields.unsupported('path', `${path} is always c ${always.major}:${always.minor}`);
  }
  const node = hostNode(path, type, major, minor);
  if (node === null) {
    throw fields.unsupported('path', `the host has no device node ${kind} ${major}:${minor}`);
  }
  checkOwner(fields, node.stat);
  return { path, type, major, minor, source: node.source };
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
