import { BryoError } from '../../base/errors.ts';
import { addon, type NativeSeccompProfile, type NativeSeccompRule } from '../../native/addon.ts';
import type { OciSeccomp, OciSeccompSyscall } from '../../plan/spec.ts';
import { argumentGuard } from './guard.ts';

/** Values of SCMP_ACT_* in <seccomp.h>. */
const actions: Record<string, number> = {
  SCMP_ACT_KILL: 0x0000_0000,
  SCMP_ACT_KILL_THREAD: 0x0000_0000,
  SCMP_ACT_KILL_PROCESS: 0x8000_0000,
  SCMP_ACT_TRAP: 0x0003_0000,
  SCMP_ACT_ERRNO: 0x0005_0000,
  SCMP_ACT_TRACE: 0x7ff0_0000,
  SCMP_ACT_NOTIFY: 0x7fc0_0000,
  SCMP_ACT_LOG: 0x7ffc_0000,
  SCMP_ACT_ALLOW: 0x7fff_0000,
};

/** Values of SCMP_CMP_* in <seccomp.h>. */
const comparisons: Record<string, number> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** Actions that profiles may name, for `features`. */
export const seccompActions: readonly string[] = Object.keys(actions);
export const seccompOperators: readonly string[] = Object.keys(comparisons);

const eperm = 1;
/** MAX_ERRNO of the kernel. */
const mostErrno = 4095;

function actionValue(name: string, errno: number | undefined): number {
  const value = actions[name];
  if (value === undefined) {
    throw new BryoError('bad-seccomp', `seccomp action ${name} is not supported`);
  }
  const takesErrno = name === 'SCMP_ACT_ERRNO' || name === 'SCMP_ACT_TRACE';
  if (errno !== undefined && (!takesErrno || errno < 0 || errno > mostErrno)) {
    throw new BryoError('bad-seccomp', `seccomp action ${name} does not take errnoRet ${errno}`);
  }
  return takesErrno ? value | (errno ?? eperm) : value;
}

/**
 * libseccomp takes one comparison of an argument in a rule. Where there are more each becomes a rule of its
 * own, of which one need fit: so other runtimes read such profiles.
 */
function nativeRules(rule: OciSeccompSyscall): NativeSeccompRule[] {
  const { args = [] } = rule;
  const repeated = new Set(args.map(({ index }) => index)).size < args.length;
  return repeated ? args.map((arg) => nativeRule({ ...rule, args: [arg] })) : [nativeRule(rule)];
}

function nativeRule(rule: OciSeccompSyscall): NativeSeccompRule {
  const args = (rule.args ?? []).map((arg) => {
    const op = comparisons[arg.op];
    if (op === undefined) {
      throw new BryoError('bad-seccomp', `seccomp comparison ${arg.op} is not supported`);
    }
    return { index: arg.index, op, value: BigInt(arg.value), valueTwo: BigInt(arg.valueTwo ?? 0) };
  });
  return { names: rule.names, action: actionValue(rule.action, rule.errnoRet), args };
}

function architectureName(name: string): string {
  return name.replace(/^SCMP_ARCH_/, '').toLowerCase();
}

/** Under these default actions a call that the profile does not know is carried out. */
const lenient: ReadonlySet<string> = new Set(['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE']);

/** Ways to compile a profile. */
export interface SeccompOptions {
  /** guard.ts before it. */
  guarded?: boolean;
  /**
   * A call that came to the kernel after the profile was written gets ENOSYS, for which libraries have another
   * way, and not what the profile says of calls that it forbids (runc does this).
   */
  denyNewer?: boolean;
  /** Names that are no system call's are an error. */
  denyUnknown?: boolean;
}

/** Compiles a profile to the BPF program that the launcher loads. */
export function compileSeccomp(
  profile: OciSeccomp,
  { guarded = false, denyNewer = false, denyUnknown = false }: SeccompOptions = {},
): Uint8Array {
  const native: NativeSeccompProfile = {
    defaultAction: actionValue(profile.defaultAction, profile.defaultErrnoRet),
    badArchAction: actionValue('SCMP_ACT_ERRNO', 38),
    architectures: profile.architectures.map(architectureName),
    rules: profile.syscalls.flatMap(nativeRules),
    denyNewer: denyNewer && !lenient.has(profile.defaultAction),
    denyUnknown,
  };
  const program = addon().compileSeccomp(native);
  return guarded ? Buffer.concat([argumentGuard(), program]) : program;
}
