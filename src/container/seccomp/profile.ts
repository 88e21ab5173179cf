import type { OciSeccomp, OciSeccompSyscall } from '../../plan/spec.ts';
import { capabilityCalls, commonCalls, deniedCalls } from './syscalls.ts';

const eperm = 1;
const enosys = 38;

// CLONE_NEW* flags of clone(2) and unshare(2), time namespace included.
const namespaceFlags = 0x7e02_0080;

function allow(names: readonly string[], args?: OciSeccompSyscall['args']): OciSeccompSyscall {
  const rule: OciSeccompSyscall = { names: [...names], action: 'SCMP_ACT_ALLOW' };
  if (args !== undefined) rule.args = args;
  return rule;
}

function refuse(names: readonly string[], errno: number, args?: OciSeccompSyscall['args']) {
  const rule: OciSeccompSyscall = { names: [...names], action: 'SCMP_ACT_ERRNO', errnoRet: errno };
  if (args !== undefined) rule.args = args;
  return rule;
}

/** personality(2): the values programs use to ask, to reset, and for 32-bit or no randomisation. */
function personalityRules(): OciSeccompSyscall[] {
  return [0x0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff].map((value) =>
    allow(['personality'], [{ index: 0, op: 'SCMP_CMP_EQ', value }]),
  );
}

type Argument = NonNullable<OciSeccompSyscall['args']>[number];

/** A condition on those bits of clone's flags. */
function flagsAre(mask: number, value: number): Argument[] {
  return [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: mask, valueTwo: value }];
}

/**
 * Threads and processes may be made, namespaces not: nested user namespaces are opt-in. systemd goes
 * without a sandbox for its units where that is not permitted (EPERM), and gives up where the call is
 * not known (ENOSYS).
 */
function cloneRules(): OciSeccompSyscall[] {
  const bits = Array.from({ length: 31 }, (_, bit) => 2 ** bit);
  const namespaces = bits.filter((bit) => (namespaceFlags & bit) !== 0);
  return [
    allow(['clone'], flagsAre(namespaceFlags, 0)),
    ...namespaces.map((bit) => refuse(['clone'], eperm, flagsAre(bit, bit))),
    // The flags of clone3 are behind a pointer no filter can follow: libc falls back to clone.
    refuse(['clone3'], enosys),
  ];
}

/**
 * The default profile for a container with these capabilities: known calls are allowed, calls that
 * need a capability it lacks are refused with EPERM, calls the profile does not know with ENOSYS.
 * Arguments that the kernel reads as 32 bits are guarded apart (guard.ts).
 */
export function defaultProfile(capabilities: readonly string[]): OciSeccomp {
  const admin = capabilities.includes('CAP_SYS_ADMIN');
  const granted: string[] = [];
  const refused: string[] = [...deniedCalls];
  for (const [capability, calls] of Object.entries(capabilityCalls)) {
    if (capabilities.includes(capability)) granted.push(...calls);
    else refused.push(...calls.filter((name) => name !== 'clone' && name !== 'clone3'));
  }
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: enosys,
    architectures: nativeArchitectures(),
    syscalls: [
      allow([...commonCalls, ...granted, 'ioctl', 'socket']),
      refuse(refused, eperm),
      ...personalityRules(),
      ...(admin ? [] : cloneRules()),
    ],
  };
}

/** The machine's own instruction set and its 32-bit subset; x32 is left out (blocked). */
function nativeArchitectures(): string[] {
  switch (process.arch) {
    case 'x64':
      return ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'];
    case 'arm64':
      return ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'];
    default:
      return [];
  }
}
