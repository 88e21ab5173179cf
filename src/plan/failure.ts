import { constants } from 'node:os';
import { BryoError, exitCodes } from '../base/errors.ts';
import type { LaunchPlan, PlanRecord } from './ops.ts';

/** The report of a launcher when a start fails; see addon/launcher/parent.h. */
export interface LaunchFailure {
  step: number;
  errno: number;
  text: string;
}

function errnoName(errno: number): string | null {
  return Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? null;
}

const reasons: Record<string, string> = {
  E2BIG: 'argument list too long (the command with its environment; one word may have 128 KiB)',
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'the host has no such address',
  EBUSY: 'busy',
  EDQUOT: 'disk quota exceeded',
  EINVAL: 'invalid argument',
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'a symbolic link is not allowed here',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files in the system',
  ENOENT: 'no such file or directory',
  ENODEV: 'no such device',
  ENOEXEC: 'exec format error',
  ENOMEM: 'out of memory',
  ENOSPC: 'no space left on device',
  ENOSYS: 'not supported by this kernel',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ESRCH: 'no such process',
  EUSERS: 'too many user namespaces (user.max_user_namespaces)',
  EAGAIN: 'resource temporarily unavailable (too many processes?)',
};

function reason(failure: LaunchFailure, record?: PlanRecord): string {
  const name = errnoName(failure.errno);
  if (name === null) return '';
  const overlay = record?.op === 'rootOverlay' || record?.op === 'pinOverlay';
  if (overlay && name === 'ELOOP') return ': one of its directories is there twice, or in another';
  if (record?.op === 'keyring' && name === 'EDQUOT') {
    return ': the user has as many keys as the kernel allows, of which each container takes one (sysctl kernel.keys.maxkeys=2000, by an administrator)';
  }
  return `: ${reasons[name] ?? name}`;
}

function execError(command: string, failure: LaunchFailure, where: string): BryoError {
  const missing = failure.errno === constants.errno.ENOENT;
  const message = missing
    ? `executable file ${JSON.stringify(command)} not found in ${where}: no such file or directory`
    : `cannot execute ${JSON.stringify(command)}${reason(failure)}`;
  return new BryoError(missing ? 'command-not-found' : 'command-not-executable', message);
}

/** The purpose of the failed record, in the user's words. */
function stepSubject(record: PlanRecord): string {
  switch (record.op) {
    case 'pinBind':
      return `cannot use ${JSON.stringify(record.source)} as the source of a mount`;
    case 'pinPart':
      return `cannot mount ${JSON.stringify(record.subpath)} of ${JSON.stringify(record.source)}`;
    case 'pinOverlay':
      return `cannot mount an overlay of ${JSON.stringify(record.lowers.at(-1) ?? '')}`;
    case 'ownFile':
      return 'cannot give files to the root of the container';
    case 'ownSlot':
      return `cannot give the files of a mount to user ${JSON.stringify(record.user)}`;
    case 'pinDevice':
      return `cannot use device ${JSON.stringify(record.source)}`;
    case 'rootOverlay':
    case 'rootFuse':
    case 'rootDirectory':
      return 'cannot make the root filesystem';
    case 'pinSecret':
      return 'cannot make the file of a secret (--secret)';
    case 'mountFs':
    case 'mountBind':
      return `cannot mount ${JSON.stringify(record.target)}`;
    case 'mask':
    case 'readonlyPath':
      return `cannot protect ${JSON.stringify(record.path)}`;
    case 'makeDir':
    case 'workdir':
      return `cannot use ${JSON.stringify(record.path)} as working directory (--workdir)`;
    case 'sysctl':
      return `cannot set --sysctl ${record.key}=${record.value}`;
    case 'rlimit':
      return 'cannot set a resource limit (--ulimit)';
    case 'keyring':
      return 'cannot start the container';
    case 'oomScoreAdj':
      return `cannot set --oom-score-adj ${record.value}`;
    case 'exec':
      return `cannot execute ${JSON.stringify(record.argv[0] ?? '')}`;
    case 'securityLabel':
      return record.attribute.startsWith('apparmor/')
        ? 'cannot honour process.apparmorProfile (is the profile loaded?)'
        : 'cannot honour process.selinuxLabel';
    case 'credentials':
      return `cannot become user ${JSON.stringify(record.user)}`;
    default:
      return `cannot start the container (step ${record.op})`;
  }
}

/** Engines look for these words of other runtimes. */
function detourText(record: PlanRecord, { errno }: LaunchFailure): string {
  const detour = errno === constants.errno.ELOOP || errno === constants.errno.ENOTDIR;
  if (record.op !== 'mountFs' || !record.noFollow || !detour) return '';
  return `: filesystem ${JSON.stringify(record.fs)} must be mounted on ordinary directory`;
}

/** Prefixes that say nothing new after the subject. */
function detail(record: PlanRecord, text: string): string {
  if (record.op === 'pinBind' && text === record.source) return '';
  if (['sysctl', 'rlimit', 'securityLabel', 'oomScoreAdj'].includes(record.op)) return '';
  return `: ${text}`;
}

/** Steps that fail for what podman finds out before it asks its runtime: its exit code is 125. */
const beforeTheRuntime: ReadonlySet<PlanRecord['op']> = new Set([
  ...(['pinBind', 'pinDevice', 'pinOverlay', 'pinPart', 'pinSecret'] as const),
  ...(['rootDirectory', 'rootFuse', 'rootOverlay'] as const),
]);

/** The exit code for a step that failed: podman's when its runtime refuses the same. */
function stepStatus({ op }: PlanRecord, { errno }: LaunchFailure): number {
  if (beforeTheRuntime.has(op)) return exitCodes.engine;
  const missing = op === 'sysctl' && errno === constants.errno.ENOENT;
  return missing ? exitCodes.notFound : exitCodes.notExecutable;
}

function isExecFailure(record: PlanRecord, failure: LaunchFailure): boolean {
  return record.op === 'exec' && failure.errno !== constants.errno.EXDEV && failure.errno !== 0;
}

/** Whether the launch is an OCI runtime's: those look for the command before its container is created. */
function isOfRuntime(plan: LaunchPlan): boolean {
  return plan.some(({ op }) => op === 'requireCommand');
}

/** A command that was there before is missing its interpreter. */
function wasFound(plan: LaunchPlan, { errno }: LaunchFailure): boolean {
  return errno === constants.errno.ENOENT && isOfRuntime(plan);
}

/** slirp4netns does not say why it refuses a port (addon/launcher/network_helper.cc has the text). */
function refusedPort(text: string): BryoError | null {
  const [, address, port] =
    /^network helper refused .*"host_addr":"([^"]*)","host_port":(\d+)/.exec(text) ?? [];
  if (address === undefined) return null;
  return new BryoError(
    'port-in-use',
    `cannot publish ${address}:${port}/tcp: address already in use, or slirp4netns may not open so many`,
    { exitCode: exitCodes.notExecutable },
  );
}

/**
 * The error for a failed start: names the step in the user's words, with podman's exit code (127
 * for a command that is not there, 126 for what a container cannot be given, 125 when its files are
 * not there or nothing could be set up).
 */
export function launchError(plan: LaunchPlan, failure: LaunchFailure): BryoError {
  const record = plan[failure.step];
  if (record === undefined && failure.errno === constants.errno.EBUSY) {
    return new BryoError('container-busy', 'the container is in use by another command');
  }
  if (record === undefined) {
    const refused = refusedPort(failure.text);
    if (refused !== null) return refused;
    const port = failure.errno === constants.errno.EADDRINUSE;
    return new BryoError('launch-failed', `cannot start: ${failure.text}${reason(failure)}`, {
      exitCode: port ? exitCodes.notExecutable : exitCodes.engine,
    });
  }
  if (record.op === 'exec' && isExecFailure(record, failure)) {
    if (wasFound(plan, failure)) {
      const name = record.argv[0] ?? '';
      return new BryoError('command-not-found', `exec ${name}: no such file or directory`, {
        hint: 'what it is to be interpreted by',
      });
    }
    return execError(record.argv[0] ?? '', failure, 'the container');
  }
  if (record.op === 'requireCommand') {
    // Engines look for these words of other runtimes.
    return execError(record.name, failure, '$PATH');
  }
  // A user or group that the image does not have comes with a text of its own. It is looked up before
  // a filter could forbid that.
  if (['credentials', 'seccomp'].includes(record.op) && failure.errno === 0) {
    return new BryoError('no-such-user', failure.text);
  }
  const subject = `${stepSubject(record)}${detourText(record, failure)}`;
  const text = `${subject}${detail(record, failure.text)}${reason(failure, record)}`;
  if (record.op === 'workdir' || record.op === 'makeDir') {
    const missing = failure.errno === constants.errno.ENOENT;
    if (!missing) return new BryoError('bad-workdir', text);
    const name = JSON.stringify(record.path);
    if (isOfRuntime(plan)) {
      // runc's words, and crun's beginning.
      const said = `chdir to cwd (${name}) set in config.json failed: no such file or directory`;
      return new BryoError('no-such-workdir', said);
    }
    return new BryoError('no-such-workdir', `workdir ${name} does not exist on container`);
  }
  return new BryoError('launch-failed', text, { exitCode: stepStatus(record, failure) });
}
