import { standardDevices } from '../container/spec/devices.ts';
import type { OciDevice, OciNode } from '../plan/spec.ts';
import { allWays, type DeviceRule, ways } from './device-rules.ts';

const everyPart = { major: null, minor: null };

/** The rule that lets a container use one device in every way. */
function fully({ type, major, minor }: { type: 'b' | 'c'; major: number; minor: number | null }) {
  return { allow: true, type, major, minor, access: allWays };
}

/**
 * The rights of every container whatever its rules say, as with runc: to make nodes, which says nothing of opening
 * them, and to use the devices that every container has, terminals of its own devpts among them (devices.txt of the kernel).
 */
function always(): DeviceRule[] {
  return [
    { allow: true, type: 'c', ...everyPart, access: ways.m },
    { allow: true, type: 'b', ...everyPart, access: ways.m },
    ...standardDevices().map(({ major, minor }) => fully({ type: 'c', major, minor })),
    fully({ type: 'c', major: 136, minor: null }),
    fully({ type: 'c', major: 5, minor: 2 }),
  ];
}

/**
 * The rules that a container's filter keeps, of which the last one that concerns a device counts: what none allows
 * is denied. Where a configuration has no rules of its own, the devices that it gives the container are allowed.
 */
export function filterRules(
  rules: readonly DeviceRule[],
  given: readonly (OciDevice | OciNode)[],
): DeviceRule[] {
  const own =
    rules.length > 0
      ? rules
      : given.flatMap(({ type, ...numbers }) =>
          type === 'p' ? [] : [fully({ type, ...numbers })],
        );
  return [...own, ...always()];
}

/** Codes of eBPF instructions (instruction-set.rst of the kernel), 64-bit arithmetic. */
const code = {
  loadWord: 0x61,
  setRegister: 0xbf,
  set: 0xb7,
  and: 0x57,
  shiftRight: 0x77,
  jumpUnlessEqual: 0x55,
  jumpIfEqual: 0x15,
  jump: 0x05,
  exit: 0x95,
} as const;

interface Instruction {
  code: number;
  to: number;
  from?: number;
  /** Of memory, or of a jump: the instructions that it leaves out. */
  offset?: number;
  value?: number;
}

/** Registers: the answer, the context, and what is read of it. */
const [answer, context, type, left, major, minor] = [0, 1, 2, 3, 4, 5] as const;

/** Of struct bpf_cgroup_dev_ctx: the type in the low half of the first word, the ways wanted in the high one. */
const typeNumbers = { b: 1, c: 2 } as const;
const prologue: readonly Instruction[] = [
  { code: code.loadWord, to: type, from: context, offset: 0 },
  { code: code.setRegister, to: left, from: type },
  { code: code.and, to: type, value: 0xffff },
  { code: code.shiftRight, to: left, value: 16 },
  { code: code.loadWord, to: major, from: context, offset: 4 },
  { code: code.loadWord, to: minor, from: context, offset: 8 },
];

function leaveWith(value: 0 | 1): Instruction[] {
  return [
    { code: code.set, to: answer, value },
    { code: code.exit, to: answer },
  ];
}

/** The decision of a rule about its device: it settles the ways that no later rule has. */
function decide({ allow, access }: DeviceRule): Instruction[] {
  if (allow) {
    return [
      { code: code.and, to: left, value: allWays & ~access },
      { code: code.jumpUnlessEqual, to: left, value: 0, offset: 2 },
      ...leaveWith(1),
    ];
  }
  return [
    { code: code.setRegister, to: answer, from: left },
    { code: code.and, to: answer, value: access },
    { code: code.jumpIfEqual, to: answer, value: 0, offset: 2 },
    ...leaveWith(0),
  ];
}

/**
 * A rule, passed by for a device that it is not about. The kernel's check of a program goes on at the instruction that
 * follows a condition before it jumps: this way round it sees the general case first and needs to look at what comes
 * after a rule only once, and not once for every set of rules before.
 */
function instructionsOf(rule: DeviceRule): Instruction[] {
  const result = decide(rule);
  const wanted: [number, number | null][] = [
    [minor, rule.minor],
    [major, rule.major],
    [type, rule.type === 'a' ? null : typeNumbers[rule.type]],
  ];
  for (const [to, value] of wanted) {
    if (value === null) continue;
    result.unshift(
      { code: code.jumpIfEqual, to, value, offset: 1 },
      { code: code.jump, to: 0, offset: result.length },
    );
  }
  return result;
}

/** Bytes of an instruction. */
const size = 8;

/**
 * The program of type BPF_PROG_TYPE_CGROUP_DEVICE that keeps rules: it goes from the last to the first until every way
 * that is wanted has been decided, and denies what no rule is about.
 */
export function deviceFilter(rules: readonly DeviceRule[]): Uint8Array {
  const all = [
    ...prologue,
    ...[...rules]
      .reverse()
      .filter(({ access }) => access !== 0)
      .flatMap(instructionsOf),
    ...leaveWith(0),
  ];
  const program = Buffer.alloc(all.length * size);
  for (const [index, instruction] of all.entries()) {
    const { code: operation, to, from = 0, offset = 0, value = 0 } = instruction;
    const at = index * size;
    program.writeUInt8(operation, at);
    program.writeUInt8(to | (from << 4), at + 1);
    program.writeInt16LE(offset, at + 2);
    program.writeInt32LE(value | 0, at + 4);
  }
  return program;
}
