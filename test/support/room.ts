import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  cgroupRoot,
  delegatedRoot,
  groupOf,
  hasUnifiedCgroups,
} from '../../src/cgroup/hierarchy.ts';
import { removeGroup } from '../../src/cgroup/remove.ts';
import { managerSocket } from '../../src/systemd/manager.ts';
import { testUser } from './user.ts';

/**
 * Where tests of control groups run: among processes whose group is the test user's, below the
 * unified hierarchy alone, whatever the machine has. Many machines have another one beside it, in
 * which a container gets no group at all.
 */
export interface Room {
  /** argv of a program in it. */
  enter(argv: readonly string[]): string[];
  /** Removes what was made for it; gives the groups that should not have been left. */
  close(): string[];
}

/** A hierarchy is one and the same wherever it is mounted; hybrid machines have it here. */
const hybridRoot = `${cgroupRoot}/unified`;
const testsGroup = 'tests';

/** A mount namespace in which the unified hierarchy lies over what the machine has there. */
const script = `set -e
mount -t cgroup2 none ${cgroupRoot} || { echo 'a room takes root who may mount: on the machine itself, or in a privileged container' >&2; exit 1; }
mkdir -p "$1/${testsGroup}"
chown "$2" "$1" "$1"/cgroup.procs "$1"/cgroup.subtree_control "$1/${testsGroup}" "$1/${testsGroup}"/cgroup.procs
echo $$ >"$1/${testsGroup}/cgroup.procs"
shift 2
exec "$@"`;

function mountsAnywhere(): string {
  return hasUnifiedCgroups() ? cgroupRoot : hybridRoot;
}

/** Controllers that a room below the root may have: none, where they belong to the other hierarchy. */
function enableControllers(root: string): void {
  for (const name of ['cpu', 'memory', 'pids', 'io', 'cpuset']) {
    try {
      writeFileSync(join(root, 'cgroup.subtree_control'), `+${name}`);
    } catch {
      // The tests that need one say so by what they expect of the group.
    }
  }
}

/** Groups below one, the deepest first. */
function groupsIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const children = readdirSync(directory, { withFileTypes: true }).filter((e) => e.isDirectory());
  return children.flatMap(({ name }) => {
    const path = join(directory, name);
    return [...groupsIn(path), path];
  });
}

function roomOfRoot(name: string): Room {
  const user = testUser();
  const path = join(cgroupRoot, name);
  enableControllers(mountsAnywhere());
  return {
    enter: (argv) => [
      ...['unshare', '--mount', '--propagation', 'private'],
      ...['sh', '-c', script, 'room', path, `${user.uid}:${user.gid}`, ...argv],
    ],
    close() {
      // Where it is mounted outside of the room, or nowhere: then there was none.
      const outside = join(mountsAnywhere(), name);
      const groups = groupsIn(outside).filter((group) => basename(group) !== testsGroup);
      if (existsSync(outside)) removeGroup(outside);
      return groups;
    },
  };
}

/**
 * A room: for root a new one, else where the caller is, if its control groups are delegated. Throws,
 * and says what to do, when there is no such place.
 */
export function openRoom(name: string): Room {
  if (process.getuid?.() === 0) return roomOfRoot(name);
  const own = groupOf('self');
  if (hasUnifiedCgroups() && (managerSocket() !== null || (own && delegatedRoot(own) !== null))) {
    return { enter: (argv) => [...argv], close: () => [] };
  }
  throw new Error(
    'no control group here is delegated to this user: run these tests as root, who makes a place for ' +
      'them, or as a user with a service manager on a machine with unified control groups',
  );
}
