import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { makeHash } from '../../base/hash.ts';
import { capabilityMask } from '../../plan/flags.ts';
import type { OciSeccomp } from '../../plan/spec.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { within } from '../../store/staging.ts';
import { cachedProgram } from './cached-program.ts';
import { compileSeccomp } from './compile.ts';
import { parseProfile } from './docker-profile.ts';
import { defaultProfile, defaultProfileVersion } from './profile.ts';

function readProfile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BryoError(
      'bad-seccomp',
      `cannot read the seccomp profile ${JSON.stringify(path)} (--security-opt seccomp=…)`,
      { cause },
    );
  }
}

/** Only an OCI runtime's caller can name who would answer the kernel's questions. */
function withoutNotify(profile: OciSeccomp): OciSeccomp {
  if (profile.syscalls.some(({ action }) => action === 'SCMP_ACT_NOTIFY')) {
    throw new BryoError('bad-seccomp', 'seccomp action SCMP_ACT_NOTIFY needs a listener', {
      hint: 'bryo-oci(1) takes one from config.json',
    });
  }
  return profile;
}

/** Throws BryoError `bad-seccomp` for a profile that no start could use. */
export function checkSeccompProfile(requested: string | null): void {
  if (requested === null || requested === 'unconfined') return;
  withoutNotify(parseProfile(readProfile(requested), { capabilities: [] }));
}

/**
 * The seccomp program of a container: `requested` is a profile's path, `unconfined`, or null for the
 * default. Compiling takes some 10 ms, so programs are kept in the store by what they are made of.
 */
export function seccompProgram(
  store: Store,
  requested: string | null,
  capabilities: readonly string[],
): Uint8Array | null {
  if (requested === 'unconfined') return null;
  const profile = requested === null ? null : readProfile(requested);
  const parts = [arch(), defaultProfileVersion, capabilityMask(capabilities).toString(16)];
  if (profile !== null) parts.push(makeHash('sha256').update(profile).digest('hex'));
  const compile = () =>
    profile === null
      ? compileSeccomp(defaultProfile(capabilities), { guarded: true })
      : compileSeccomp(withoutNotify(parseProfile(profile, { capabilities })));
  const path = join(storePaths.cache(store), `seccomp-${parts.join('-')}`);
  return cachedProgram(path, compile, within(store));
}
