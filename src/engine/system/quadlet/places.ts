import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { libexecPath } from '../../../native/locate.ts';
import type { SearchCircumstances } from '../../../quadlet/discover.ts';

/** Where a user's manager looks for generators (systemd.generator(7)), the most important first. */
const generatorDirectories = [
  '/run/systemd/user-generators',
  '/etc/systemd/user-generators',
  '/usr/local/lib/systemd/user-generators',
  '/usr/lib/systemd/user-generators',
];

/** Whether systemd runs a user generator of this name: an empty one, or /dev/null, masks others. */
export function runsGenerator(name: string, directories = generatorDirectories): boolean {
  for (const directory of directories) {
    const path = join(directory, name);
    try {
      return realpathSync(path) !== '/dev/null' && readFileSync(path).length > 0;
    } catch {
      // Not there.
    }
  }
  return false;
}

const podmanGenerator = 'podman-user-generator';

/**
 * Why systemd has services of podman's for unit files, and what to do about it; null: it has none.
 * Two generators that write the same services would be a matter of luck.
 */
export function leftToPodman(): string | null {
  if (!runsGenerator(podmanGenerator)) return null;
  const mask = `ln -s /dev/null /etc/systemd/user-generators/${podmanGenerator}`;
  return `unit files are left to podman's generator; for bryo to take them: ${mask} (as root)`;
}

/** Services are written here when systemd does not run bryo's generator; it comes right after it. */
export function writtenUnitsDirectory({ home, env }: SearchCircumstances): string {
  const data = env['XDG_DATA_HOME'];
  return join(data?.startsWith('/') === true ? data : join(home, '.local/share'), 'systemd/user');
}

/** The path by which services call bryo: the one that users know, when it is this program. */
export function programPath(): string {
  const own = libexecPath('bryo');
  const shown = resolve(own, '../../../bin/bryo');
  if (existsSync(shown) && realpathSync(shown) === realpathSync(own)) return shown;
  return own;
}
