import { BryoError } from '../../base/errors.ts';
import type { OciSeccomp } from '../../plan/spec.ts';
import { compileSeccomp } from './compile.ts';
import { parseProfile } from './docker-profile.ts';
import { defaultProfile } from './profile.ts';

/**
 * The profile of a file. Only an OCI runtime's caller can name who would answer the kernel's questions. Throws
 * BryoError `bad-seccomp` for a profile that no start could use.
 */
export function requestedProfile(text: string, capabilities: readonly string[]): OciSeccomp {
  const profile = parseProfile(text, { capabilities });
  if (profile.syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY')) {
    throw new BryoError('bad-seccomp', 'seccomp action SCMP_ACT_NOTIFY needs a listener', {
      hint: 'bryo-oci(1) takes one from config.json',
    });
  }
  return profile;
}

/** The profile of a file, or the default one (null). */
export function profileOf(text: string | null, capabilities: readonly string[]): OciSeccomp {
  return text === null ? defaultProfile(capabilities) : requestedProfile(text, capabilities);
}

/** Compiles the profile of a file, or the default one (null), which takes some 10 ms. */
export function compileProfile(text: string | null, capabilities: readonly string[]): Uint8Array {
  const profile = profileOf(text, capabilities);
  return text === null ? compileSeccomp(profile, { guarded: true }) : compileSeccomp(profile);
}
