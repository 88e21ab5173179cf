import { BryoError } from '../../base/errors.ts';
import { unsharedSession } from '../../native/unshared.ts';
import { isMachineRoot } from '../../native/user.ts';

/** Whether mounts made here can be seen: in a session of `bryo unshare`, or by the machine's root. */
export function canMount(): boolean {
  return unsharedSession() !== null || isMachineRoot();
}

/** Throws BryoError `not-unshared` where the caller has no right to mount. */
export function requireMounting(verb: string): void {
  if (canMount()) return;
  throw new BryoError(
    'not-unshared',
    `cannot run command "bryo ${verb}" in rootless mode, must execute 'bryo unshare' first`,
    { hint: `for example: bryo unshare sh -c 'ls $(bryo ${verb} NAME)'` },
  );
}
