import { BryoError } from '../../../base/errors.ts';
import type { RightsRequest } from '../../../request/container.ts';
import {
  noSecurityChoices,
  readSecurityChoices,
  type SecurityRequest,
} from '../../../request/security.ts';
import { badValue } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about rights. */
export const securityOptions: readonly OptionSpec[] = [
  { name: 'cap-add', value: 'CAPABILITY', repeat: true, help: 'add a capability, or ALL' },
  { name: 'cap-drop', value: 'CAPABILITY', repeat: true, help: 'drop a capability, or ALL' },
  {
    name: 'security-opt',
    value: 'OPTION',
    repeat: true,
    help: 'no-new-privileges, seccomp=FILE|unconfined, mask=PATHS, unmask=PATHS|ALL, proc-opts=OPTIONS, systempaths=unconfined, label=disable, apparmor=unconfined',
  },
  {
    name: 'seccomp-policy',
    value: 'POLICY',
    default: 'default',
    choices: ['default'],
    help: 'default: what --security-opt seccomp says, or the built-in filter; an image never chooses its own',
  },
  {
    name: 'privileged',
    help: "all capabilities, the host's devices, no system call filter, nothing masked: still no more than the caller may do",
  },
  {
    name: 'hardened',
    help: 'no capabilities, no new privileges, a read-only root filesystem, no setuid bits and device nodes in mounts, signals and abstract sockets confined to the container',
  },
];

function readSecurity(invocation: Invocation): SecurityRequest {
  const privileged = invocation.flag('privileged');
  const hardened = invocation.flag('hardened');
  if (privileged && hardened) {
    throw new BryoError('bad-flag-value', '--privileged and --hardened exclude each other');
  }
  const choices = readSecurityChoices(invocation.texts('security-opt'), {
    ...noSecurityChoices(),
    noNewPrivileges: hardened,
    seccomp: privileged ? 'unconfined' : null,
    unmask: privileged ? ['ALL'] : [],
  });
  return { privileged, hardened, ...choices };
}

/** Capabilities and what else bounds the container's rights. */
export function readRights(invocation: Invocation): RightsRequest {
  const { texts, flag } = invocation;
  const policy = invocation.text('seccomp-policy') ?? 'default';
  if (policy !== 'default') {
    throw badValue('--seccomp-policy', policy, 'an image cannot choose the filter it runs under');
  }
  return {
    capAdd: [
      ...(flag('privileged') ? ['ALL'] : []),
      ...texts('cap-add').flatMap((word) => word.split(',')),
    ],
    capDrop: [
      ...(flag('hardened') ? ['ALL'] : []),
      ...texts('cap-drop').flatMap((word) => word.split(',')),
    ],
    security: readSecurity(invocation),
  };
}
