import type { InheritedOptions } from '../../pod/pod.ts';
import type { ContainerOptions } from '../../request/container.ts';
import type { MountRequest } from '../../request/mounts/types.ts';
import type { SecurityChoices } from '../../request/security.ts';

interface Targeted {
  target: string;
}

/** Own things take the places of those that are inherited. */
export function withInherited<T extends Targeted>(inherited: readonly T[], own: readonly T[]): T[] {
  const targets = new Set(own.map(({ target }) => target));
  return [...inherited.filter(({ target }) => !targets.has(target)), ...own];
}

/** Restrictions add up; another filter of system calls is used instead of the inherited one. */
export function withChoices(inherited: SecurityChoices, own: SecurityChoices): SecurityChoices {
  return {
    noNewPrivileges: inherited.noNewPrivileges || own.noNewPrivileges,
    seccomp: own.seccomp ?? inherited.seccomp,
    mask: [...inherited.mask, ...own.mask],
    unmask: [...inherited.unmask, ...own.unmask],
    procOptions: [...inherited.procOptions, ...own.procOptions],
  };
}

/** With `--hardened` a container does without what makes others of its pod less confined. */
function choicesFor({ security }: ContainerOptions, pod: InheritedOptions): SecurityChoices {
  if (!security.hardened) return pod.security;
  const { seccomp } = pod.security;
  return { ...pod.security, seccomp: seccomp === 'unconfined' ? null : seccomp, unmask: [] };
}

/** A container's options with what its pod gives to each of its containers. */
export function inherit(options: ContainerOptions, pod: InheritedOptions): ContainerOptions {
  const { environment, security } = options;
  return {
    ...options,
    mounts: withInherited(pod.mounts, options.mounts),
    devices: withInherited(pod.devices, options.devices),
    environment: { ...environment, inherited: { ...pod.deviceEnv, ...environment.inherited } },
    security: { ...security, ...withChoices(choicesFor(options, pod), security) },
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function without<T>(all: readonly T[], inherited: readonly T[]): T[] {
  return all.filter((one) => !inherited.some((other) => isSame(one, other)));
}

/** The options as they were before: a copy of the container inherits from another pod. */
export function disinherit(options: ContainerOptions, pod: InheritedOptions): ContainerOptions {
  const { environment, security } = options;
  return {
    ...options,
    mounts: without<MountRequest>(options.mounts, pod.mounts),
    devices: without(options.devices, pod.devices),
    environment: {
      ...environment,
      inherited: Object.fromEntries(
        without(Object.entries(environment.inherited), Object.entries(pod.deviceEnv)),
      ),
    },
    security: {
      ...security,
      noNewPrivileges: security.noNewPrivileges && !pod.security.noNewPrivileges,
      seccomp: security.seccomp === pod.security.seccomp ? null : security.seccomp,
      mask: without(security.mask, pod.security.mask),
      unmask: without(security.unmask, pod.security.unmask),
      procOptions: without(security.procOptions, pod.security.procOptions),
    },
  };
}
