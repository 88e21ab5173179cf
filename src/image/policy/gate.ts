import { homedir } from 'node:os';
import type { Store } from '../../store/paths.ts';
import { stagingPath } from '../../store/staging.ts';
import { type Candidate, checkPolicy } from './check.ts';
import { loadPolicy, type Policy } from './policy.ts';

/** Every image that comes into the store passes here. */
export interface PolicyGate {
  /** Errors: `policy-rejected`, `bad-policy`, `unsupported-policy`. */
  admit(candidate: Candidate): Promise<void>;
}

/** The gate of the policy that is in force, or of the one at `path` (--signature-policy). */
export function openGate(store: Store, path: string | null): PolicyGate {
  let loaded: { policy: Policy | null } | undefined;
  return {
    async admit(candidate) {
      loaded ??= { policy: loadPolicy({ env: process.env, home: homedir(), path }) };
      const { policy } = loaded;
      if (policy === null) return;
      await checkPolicy(candidate, { policy, scratch: () => stagingPath(store) });
    },
  };
}
