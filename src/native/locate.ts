import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BryoError } from '../base/errors.ts';

/** Whether this is the compiled product, and not Node or Bun that runs its source. */
export function isCompiled(executable: string = realpathSync('/proc/self/exe')): boolean {
  return !/^(node|nodejs|bun)/.test(basename(executable));
}

/** The words before the user's own when this program is called again: none when compiled, else Node's flags and the script. */
export function ownWords(): string[] {
  return isCompiled() ? [] : [...process.execArgv, process.argv[1] ?? ''];
}

function findLibexec(): string {
  const executable = realpathSync('/proc/self/exe');
  // The compiled product has its native parts beside it; under Node they are in the build's dist/.
  if (isCompiled(executable)) return dirname(executable);
  let directory = dirname(realpathSync(process.argv[1] ?? '.'));
  while (directory !== '/') {
    if (existsSync(join(directory, 'bryo-launcher'))) return directory;
    if (existsSync(join(directory, 'dist', 'bryo-launcher'))) return join(directory, 'dist');
    directory = dirname(directory);
  }
  throw new BryoError('no-native-part', 'cannot find bryo-launcher beside the program', {
    hint: 'build it with "npm run build"',
  });
}

let libexec: string | undefined;

/** The directory that holds bryo-launcher, bryo-worker and bryo.node. */
export function libexecDir(): string {
  libexec ??= findLibexec();
  return libexec;
}

/** The path of a part that is installed beside the program, such as `bryo-launcher`. */
export function libexecPath(name: string): string {
  return join(libexecDir(), name);
}
