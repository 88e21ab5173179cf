import { resolve } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import type { ContainerOptions, SecurityRequest } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue } from '../read-values.ts';

/** Flags of `run` and `create` about rights. */
export const securityOptions: readonly OptionSpec[] = [
  { name: 'cap-add', value: 'CAPABILITY', repeat: true, help: 'add a capability, or ALL' },
  { name: 'cap-drop', value: 'CAPABILITY', repeat: true, help: 'drop a capability, or ALL' },
  {
    name: 'security-opt',
    value: 'OPTION',
    repeat: true,
    help: 'no-new-privileges, seccomp=FILE|unconfined, mask=PATHS, unmask=PATHS|ALL',
  },
  {
    name: 'privileged',
    help: "all capabilities, the host's devices, no system call filter, nothing masked: still no more than the caller may do",
  },
  {
    name: 'hardened',
    help: 'no capabilities, no new privileges, a read-only root filesystem, signals and abstract sockets confined to the container',
  },
];

function readSecurity(invocation: Invocation): SecurityRequest {
  const privileged = invocation.flag('privileged');
  const hardened = invocation.flag('hardened');
  if (privileged && hardened) {
    throw new BryoError('bad-flag-value', '--privileged and --hardened exclude each other');
  }
  const security: SecurityRequest = {
    privileged,
    hardened,
    noNewPrivileges: hardened,
    seccomp: privileged ? 'unconfined' : null,
    mask: [],
    unmask: privileged ? ['ALL'] : [],
  };
  for (const option of invocation.texts('security-opt')) {
    const [, key = option, value = ''] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
    const paths = value.split(':').filter(Boolean);
    if (key === 'no-new-privileges') security.noNewPrivileges = value !== 'false';
    else if (key === 'seccomp' && value === 'unconfined') security.seccomp = value;
    else if (key === 'seccomp' && value !== '') security.seccomp = resolve(value);
    else if (key === 'mask' && value !== '') security.mask.push(...paths);
    else if (key === 'unmask' && value !== '') security.unmask.push(...paths);
    else if (key === 'label' && value === 'disable') continue;
    else if (key === 'apparmor' && value === 'unconfined') continue;
    else throw badValue('--security-opt', option, 'it is not supported');
  }
  return security;
}

/** Capabilities and what else bounds the container's rights. */
export function readRights(
  invocation: Invocation,
): Pick<ContainerOptions, 'capAdd' | 'capDrop' | 'security'> {
  const { texts, flag } = invocation;
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
