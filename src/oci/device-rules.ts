import type { OciDevice, OciNode } from '../plan/spec.ts';
import type { Fields } from './fields.ts';

/** Ways to use a device, with the kernel's numbers (BPF_DEVCG_ACC_* of <linux/bpf.h>). */
export const ways = { m: 1, r: 2, w: 4 } as const;
export const allWays = 7;

/** An entry of `linux.resources.devices` (config-linux.md, "Allowed Device list"). */
export interface DeviceRule {
  allow: boolean;
  /** `a`: of both types. */
  type: 'a' | 'b' | 'c';
  /** Null: every number. */
  major: number | null;
  minor: number | null;
  /** The ways that it is about, of `ways`. */
  access: number;
}

function readNumber(rule: Fields, name: 'major' | 'minor'): number | null {
  const number = rule.optionalInteger(name) ?? -1;
  return number < 0 ? null : number;
}

function readRule(rule: Fields): DeviceRule {
  const allow = rule.flag('allow');
  const kind = rule.optionalText('type') || 'a';
  if (!['a', 'b', 'c', 'u'].includes(kind)) throw rule.wrong('type', 'is not a, b, c or u');
  const type = kind === 'a' || kind === 'b' ? kind : 'c';
  const letters = rule.optionalText('access') ?? '';
  if (!/^[rwm]*$/.test(letters)) throw rule.wrong('access', 'is not made of r, w and m');
  let access = 0;
  for (const way of ['m', 'r', 'w'] as const) if (letters.includes(way)) access |= ways[way];
  // Without a word on it everything is meant where that is the safe reading, and where all devices are.
  if (letters === '' && (!allow || type === 'a')) access = allWays;
  return {
    allow,
    type,
    major: readNumber(rule, 'major'),
    minor: readNumber(rule, 'minor'),
    access,
  };
}

/** More make a filter that the kernel's check of programs does not get through. */
const mostRules = 5000;

/** Reads `linux.resources.devices`. Throws BryoError `bad-config`, `unsupported`. */
export function readDeviceRules(resources: Fields | null): DeviceRule[] {
  const rules = resources?.objects('devices') ?? [];
  if (rules.length > mostRules) {
    throw resources?.unsupported('devices', `there are more than ${mostRules} rules`);
  }
  return rules.map(readRule);
}

/** Whether a rule is about a device. */
function concerns(rule: DeviceRule, device: OciDevice | OciNode): boolean {
  if (rule.type !== 'a' && rule.type !== device.type) return false;
  return (
    (rule.major ?? device.major) === device.major && (rule.minor ?? device.minor) === device.minor
  );
}

/** The ways to use a device that rules leave, all where none is about it; the last one that is counts. */
export function allowedWays(rules: readonly DeviceRule[], device: OciDevice | OciNode): number {
  return rules
    .filter((rule) => concerns(rule, device))
    .reduce((left, { allow, access }) => (allow ? left | access : left & ~access), allWays);
}
