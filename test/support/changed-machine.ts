import { spawnSync } from 'node:child_process';
import type { Result, Sandbox } from './bryo.ts';
import { projectDir } from './product.ts';
import { asTestUser, testUser } from './user.ts';

/** What goes before an error here: inside the test's user namespace only one id can be mapped. */
export const singleIdWarning =
  /^time=\S+ level=warning msg="only one id is mapped into containers: [^\n]+\n/;

/** Part of a script: an empty /tmp, in which the product still is when the project lies there. */
export const emptyTmp = [
  `project='${projectDir}'; exec 9<"$project"`,
  'mount -t tmpfs -o mode=1777 tmp /tmp',
  'case "$project" in /tmp/*) mkdir -p "$project"; mount -c --bind /proc/self/fd/9 "$project";; esac',
  'exec 9<&-',
].join('; ');

export interface ChangedMachine {
  /** Run as root of a mount namespace of its own; `$0` is `place`. */
  script: string;
  place: string;
  /** Variables to leave away. */
  unset?: readonly string[];
  /** Leave --root and --runroot away. */
  bare?: boolean;
}

/** Runs bryo on a machine changed by a script: in a mount namespace in which the user may mount. */
export function onChangedMachine(
  sandbox: Sandbox,
  { script, place, unset = [], bare = false }: ChangedMachine,
  args: readonly string[],
): Result {
  const argv = sandbox.argv(args, { bare });
  const product = argv.slice(argv.findIndex((word) => /\/(bryo|node)$/.test(word)));
  const { uid, gid } = testUser();
  // The user's own ids again: a second namespace in which that user is not root.
  const user = ['unshare', '-U', `--map-user=${uid}`, `--map-group=${gid}`];
  const clean = ['env', ...unset.flatMap((name) => ['-u', name]), ...product];
  const words = ['unshare', '-Urm', 'sh', '-ec', `${script}; exec "$@"`, place, ...user, ...clean];
  const [program = '', ...rest] = asTestUser(words);
  const result = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  return { code: result.status ?? -1, stdout: result.stdout, stderr: result.stderr };
}
