import { readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { makeHash } from '../../base/hash.ts';
import { capabilityMask } from '../../plan/flags.ts';
import type { OciSeccomp } from '../../plan/spec.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import { within } from '../../store/staging.ts';
import { keepProgram, readProgram } from './cached-program.ts';

/** Raised whenever the default profile (profile.ts) changes: compiled programs are kept under it. */
const defaultProfileVersion = 2;

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

/** Throws BryoError `bad-seccomp` for a profile that no start could use. */
export async function checkSeccompProfile(requested: string | null): Promise<void> {
  if (requested === null || requested === 'unconfined') return;
  const { requestedProfile } = await import('./compile-profile.ts');
  requestedProfile(readProfile(requested), []);
}

/** The rules of a container's filter, for another OCI runtime; null: none. `requested` as of {@link seccompProgram}. */
export async function seccompRules(
  requested: string | null,
  capabilities: readonly string[],
): Promise<OciSeccomp | null> {
  if (requested === 'unconfined') return null;
  const { profileOf } = await import('./compile-profile.ts');
  return profileOf(requested === null ? null : readProfile(requested), capabilities);
}

/**
 * The seccomp program of a container: `requested` is a profile's path, `unconfined`, or null for the
 * default. Programs are kept in the store by what they are made of; few starts load the compiler.
 */
export async function seccompProgram(
  store: Store,
  requested: string | null,
  capabilities: readonly string[],
): Promise<Uint8Array | null> {
  if (requested === 'unconfined') return null;
  const profile = requested === null ? null : readProfile(requested);
  const parts = [arch(), defaultProfileVersion, capabilityMask(capabilities).toString(16)];
  if (profile !== null) parts.push(makeHash('sha256').update(profile).digest('hex'));
  const path = join(storePaths.cache(store), `seccomp-${parts.join('-')}`);
  const kept = readProgram(path);
  if (kept !== null) return kept;
  const { compileProfile } = await import('./compile-profile.ts');
  const program = compileProfile(profile, capabilities);
  keepProgram(path, program, within(store));
  return program;
}
