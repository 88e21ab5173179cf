import { resolve } from 'node:path';
import { BryoError } from '../../../base/errors.ts';
import {
  type ContainerOptions,
  type NamespaceRequest,
  noSecurityChoices,
  type SecurityChoices,
  type SecurityRequest,
} from '../../../container/options.ts';
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
    help: 'no capabilities, no new privileges, a read-only root filesystem, signals and abstract sockets confined to the container',
  },
];

/** Why these cannot be had with another value than the one that is known. */
const refusals: Readonly<Record<string, string>> = {
  label: 'labels of SELinux are not set; label=disable is what holds',
  apparmor: 'a profile of AppArmor is set by root; apparmor=unconfined is what holds',
  systempaths: 'unconfined is the only value',
  mask: 'paths are needed',
  unmask: 'paths or ALL are needed',
  seccomp: 'a file or unconfined is needed',
  'no-new-privileges': 'true and false are the only values',
};

const procOption = /^(hidepid=(0|1|2|4|off|noaccess|invisible|ptraceable)|subset=pid)$/;

function readProcOptions(option: string, value: string): string[] {
  const words = value.split(',').filter(Boolean);
  const wrong = words.find((word) => !procOption.test(word));
  if (wrong !== undefined || words.length === 0) {
    throw badValue('--security-opt', option, 'hidepid=0|1|2|4 and subset=pid are known');
  }
  return words;
}

/** Another mount of the host's /proc cannot have options of its own. */
export function checkProcOptions({
  security,
  pid,
}: {
  security: SecurityChoices;
  pid: NamespaceRequest;
}): void {
  if (security.procOptions.length === 0 || pid !== 'host') return;
  throw new BryoError(
    'bad-flag-value',
    '--pid host and --security-opt proc-opts cannot be used together',
  );
}

/** What `--security-opt` changes of `from`; paths become absolute. */
export function readSecurityChoices(
  words: readonly string[],
  from: SecurityChoices = noSecurityChoices(),
): SecurityChoices {
  const security = structuredClone(from);
  for (const option of words) {
    const [, key = option, value = ''] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
    const paths = value.split(':').filter(Boolean);
    if (/^no-new-privileges([=:](true|false))?$/.test(option))
      security.noNewPrivileges = value !== 'false';
    else if (key === 'seccomp' && value === 'unconfined') security.seccomp = value;
    else if (key === 'seccomp' && value !== '') security.seccomp = resolve(value);
    else if (key === 'mask' && value !== '') security.mask.push(...paths);
    else if (key === 'unmask' && value !== '') security.unmask.push(...paths);
    else if (key === 'systempaths' && value === 'unconfined') security.unmask.push('ALL');
    else if (key === 'proc-opts') security.procOptions.push(...readProcOptions(option, value));
    else if (key === 'label' && value === 'disable') continue;
    else if (key === 'apparmor' && value === 'unconfined') continue;
    else throw badValue('--security-opt', option, refusals[key] ?? 'it is not supported');
  }
  return security;
}

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
export function readRights(
  invocation: Invocation,
): Pick<ContainerOptions, 'capAdd' | 'capDrop' | 'security'> {
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
