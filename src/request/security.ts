import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BryoError } from '../base/errors.ts';
import type { NamespaceRequest } from './namespaces.ts';
import { badValue } from './values.ts';

/** `--security-opt`. */
export interface SecurityChoices {
  noNewPrivileges: boolean;
  /** Path of a seccomp profile, `unconfined`, or null for the default one. */
  seccomp: string | null;
  /** Paths to mask in addition, and default paths to unmask (`ALL` for all). */
  mask: string[];
  unmask: string[];
  /** Options of the mount of /proc (proc(5)). */
  procOptions: string[];
}

export function noSecurityChoices(): SecurityChoices {
  return { noNewPrivileges: false, seccomp: null, mask: [], unmask: [], procOptions: [] };
}

export interface SecurityRequest extends SecurityChoices {
  /** --privileged: nothing is kept from the container that the caller has. */
  privileged: boolean;
  /** --hardened: the strictest settings that most programs can live with. */
  hardened: boolean;
}

/** Why these cannot be had with another value than the one that is known. */
const refusals: Readonly<Record<string, string>> = {
  label: 'disable, nested, and user, role, type, level or filetype with a value are known',
  apparmor: 'a profile of AppArmor is set by root; apparmor=unconfined is what holds',
  systempaths: 'unconfined is the only value',
  mask: 'absolute paths are needed',
  unmask: 'absolute paths or ALL are needed',
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

const labelOption = /^(disable|nested|(user|role|type|level|filetype):.+)$/;

/**
 * Accepts a label of SELinux where nothing is labelled, as podman does. A kernel with SELinux would
 * have to set it.
 */
function checkLabel(option: string, value: string): void {
  if (!labelOption.test(value)) throw badValue('--security-opt', option, refusals['label'] ?? '');
  if (value === 'disable' || !existsSync('/sys/fs/selinux/enforce')) return;
  throw badValue(
    '--security-opt',
    option,
    'labels of SELinux are not set; label=disable is what holds',
  );
}

/** Paths of the container, with colons between them; others than absolute ones would name nothing. */
function readPaths(option: string, key: string, value: string): string[] {
  const paths = value.split(':').filter(Boolean);
  if (paths.length > 0 && paths.every((path) => path.startsWith('/'))) return paths;
  throw badValue('--security-opt', option, refusals[key] ?? '');
}

/** `ALL`, in any case as buildah has it, among paths. */
function readUnmasked(option: string, value: string): string[] {
  if (value.split(':').some((word) => word.toUpperCase() === 'ALL')) return ['ALL'];
  return readPaths(option, 'unmask', value);
}

/** The choices `from`, changed by `--security-opt`; paths become absolute. */
export function readSecurityChoices(
  words: readonly string[],
  from: SecurityChoices = noSecurityChoices(),
): SecurityChoices {
  const security = structuredClone(from);
  for (const option of words) {
    const [, key = option, value = ''] = /^([^=:]+)[=:](.*)$/s.exec(option) ?? [];
    if (/^no-new-privileges([=:](true|false))?$/.test(option))
      security.noNewPrivileges = value !== 'false';
    else if (key === 'seccomp' && value === 'unconfined') security.seccomp = value;
    else if (key === 'seccomp' && value !== '') security.seccomp = resolve(value);
    else if (key === 'mask') security.mask.push(...readPaths(option, key, value));
    else if (key === 'unmask') security.unmask.push(...readUnmasked(option, value));
    else if (key === 'systempaths' && value === 'unconfined') security.unmask.push('ALL');
    else if (key === 'proc-opts') security.procOptions.push(...readProcOptions(option, value));
    else if (key === 'label') checkLabel(option, value);
    else if (key === 'apparmor' && value === 'unconfined') continue;
    else throw badValue('--security-opt', option, refusals[key] ?? 'it is not supported');
  }
  return security;
}
