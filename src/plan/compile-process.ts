import { BryoError } from '../base/errors.ts';
import { capabilityMask, rlimitNumbers } from './flags.ts';
import type { LaunchInput, ProcessInput } from './launch-input.ts';
import type { ContainerOp } from './ops.ts';
import type { OciHook, OciProcess } from './spec.ts';

function rlimitOps(process: OciProcess, atMost: boolean): ContainerOp[] {
  return process.rlimits.map(({ type, soft, hard }) => {
    const resource = rlimitNumbers[type];
    if (resource === undefined) {
      throw new BryoError('bad-spec', `unknown resource limit ${type}`);
    }
    return { op: 'rlimit', resource, soft: limitValue(soft), hard: limitValue(hard), atMost };
  });
}

/** -1 stands for unlimited (RLIM_INFINITY). */
function limitValue(value: number): bigint {
  return value < 0 ? 0xffff_ffff_ffff_ffffn : BigInt(value);
}

/** The user in the words that the launcher resolves. */
export function userText(process: OciProcess): string {
  return process.user.username ?? `${process.user.uid}:${process.user.gid}`;
}

/**
 * A container's primary group is one of its supplementary ones, too: else a program that is setgid
 * could leave it, and with it what files deny that group (CVE-2022-2989). The empty word stands for it. Root, when nobody asked for another user, passes by files' groups anyway.
 * Specs of others say themselves which groups they want.
 */
function groupWords({ user }: OciProcess): string[] {
  const { additionalGids, additionalGroups, username } = user;
  const own = additionalGroups === undefined || username === '0:0' ? [] : [''];
  return [...additionalGids.map(String), ...own, ...(additionalGroups ?? [])];
}

/** The fields that hook records share. */
export function hookFields({ name, path, args, env, timeout }: OciHook, state: string) {
  const argv = args.length === 0 ? [path] : args;
  return { name, path, argv, env: env ?? [], timeoutMs: BigInt(timeout) * 1000n, state };
}

/** Hooks that the container's process runs itself. */
export function hookOps(
  hooks: readonly OciHook[] = [],
  state = '',
  payloadEnv: string[] = [],
): ContainerOp[] {
  return hooks.map((hook) => {
    const env = hook.env ?? payloadEnv;
    return { op: 'hook', ...hookFields({ ...hook, env }, state), home: hook.env === null };
  });
}

/** The execution domain, where one is asked for. */
export function personalityOps(value: number | undefined): ContainerOp[] {
  return value === undefined ? [] : [{ op: 'personality', persona: BigInt(value) }];
}

/** The command is looked for while no filter forbids that. */
function requireOps(process: OciProcess, runtime: LaunchInput['runtime']): ContainerOp[] {
  const [name] = process.args;
  if (runtime === null || name === undefined) return [];
  return [{ op: 'requireCommand', name, env: process.env }];
}

function awaitOps(runtime: LaunchInput['runtime']): ContainerOp[] {
  return runtime === null || runtime.startFifo === null ? [] : [{ op: 'awaitStart' }];
}

function schedulingOps(process: OciProcess): ContainerOp[] {
  const ops: ContainerOp[] = [];
  if (process.scheduler !== undefined) ops.push({ op: 'scheduler', ...process.scheduler });
  if (process.ioPriority !== undefined) ops.push({ op: 'ioPriority', ...process.ioPriority });
  if (process.memoryPolicy !== undefined) ops.push({ op: 'memoryPolicy', ...process.memoryPolicy });
  if (process.cpuAffinity !== undefined) ops.push({ op: 'cpuAffinity', cpus: process.cpuAffinity });
  for (const label of process.securityLabels ?? []) ops.push({ op: 'securityLabel', ...label });
  return ops;
}

function landlockOps({ landlockScopes }: ProcessInput): ContainerOp[] {
  return landlockScopes === 0 ? [] : [{ op: 'landlock', scopes: BigInt(landlockScopes) }];
}

function seccompOps({ seccomp }: ProcessInput): ContainerOp[] {
  if (seccomp === null) return [];
  const { flags, program, listener } = seccomp;
  return [{ op: 'seccomp', flags, listener: listener !== null, program }];
}

/**
 * The last operations of a plan: limits, working directory, credentials, seccomp, exec.
 *
 * Without no_new_privs a filter may only be loaded with CAP_SYS_ADMIN (seccomp(2)), so it comes
 * before the credentials are dropped; with it, as late as possible: a profile need only allow what the
 * payload does.
 *
 * `joins`: the process comes into a container whose limits were somebody else's. They hold for it, too, as far
 * as its own caller's reach.
 */
export function compileProcess(
  process: OciProcess,
  { process: input, runtime }: Pick<LaunchInput, 'process' | 'runtime'>,
  joins = false,
): ContainerOp[] {
  const { capabilities: caps } = process;
  const landlock = landlockOps(input);
  const seccomp = seccompOps(input);
  const credentials: ContainerOp = {
    op: 'credentials',
    user: userText(process),
    groups: groupWords(process),
    keepGroups: input.keepGroups,
    bounding: capabilityMask(caps.bounding),
    effective: capabilityMask(caps.effective),
    permitted: capabilityMask(caps.permitted),
    inheritable: capabilityMask(caps.inheritable),
    ambient: capabilityMask(caps.ambient),
  };
  const workdir = (again: boolean) => ({ op: 'workdir', path: process.cwd, again }) as const;
  const required = requireOps(process, runtime);
  const start = awaitOps(runtime);
  // An agent must have the listener before the container is created.
  const heard = input.seccomp !== null && input.seccomp.listener !== null;
  const filtered = heard ? [...seccomp, ...start] : [...start, ...seccomp];
  const privileges: ContainerOp[] = process.noNewPrivileges
    ? [
        ...[credentials, workdir(true), { op: 'noNewPrivs' } as const],
        ...[...landlock, ...required, ...filtered],
      ]
    : [...required, ...landlock, ...seccomp, credentials, workdir(true), ...start];
  const oom: ContainerOp[] =
    process.oomScoreAdj === undefined ? [] : [{ op: 'oomScoreAdj', value: process.oomScoreAdj }];
  return [
    ...rlimitOps(process, joins),
    ...oom,
    ...schedulingOps(process),
    { op: 'umask', mask: input.umask },
    workdir(false),
    ...privileges,
    ...hookOps(runtime?.hooks.startContainer, runtime?.hookState.created, process.env),
    { op: 'exec', argv: process.args, env: process.env, init: input.init },
  ];
}
