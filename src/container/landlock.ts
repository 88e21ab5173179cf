import { addon } from '../native/addon.ts';
import type { SecurityRequest } from '../request/security.ts';

/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and LANDLOCK_SCOPE_SIGNAL (landlock(7)). */
const scopes = 0b11;
/** The version of Landlock's interface that has scopes (Linux 6.12). */
const versionWithScopes = 6;

/** The scopes to which Landlock confines a hardened container; 0 where the kernel cannot. */
export function landlockScopes(security: SecurityRequest): number {
  if (!security.hardened || addon().landlockVersion() < versionWithScopes) return 0;
  return scopes;
}
