import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import { delegationCommand } from './delegation.ts';
import { availableControllers } from './hierarchy.ts';
import type { CgroupSetting } from './limits.ts';

/** Enabled wherever they are delegated: accounting and out-of-memory reports need them. */
const accounting = ['cpu', 'memory', 'pids'];

function controllerOf(file: string): string {
  return file.slice(0, file.indexOf('.'));
}

/**
 * The controllers that settings need and those that are enabled anyhow. Throws BryoError
 * `no-controller` for a setting whose controller the parent has not got.
 */
export function checkControllers(parent: string, settings: readonly CgroupSetting[]): string[] {
  const available = availableControllers(parent);
  const needed = settings.map(({ file }) => controllerOf(file)).filter((name) => name !== 'cgroup');
  for (const { file, origin } of settings) {
    const controller = controllerOf(file);
    if (controller === 'cgroup' || available.includes(controller)) continue;
    throw new BryoError(
      'no-controller',
      `${origin} needs the control group controller "${controller}", which is not delegated to ${parent}`,
      { hint: `an administrator can delegate it: ${delegationCommand}` },
    );
  }
  const wanted = new Set([...needed, ...accounting]);
  return available.filter((name) => wanted.has(name));
}

/** Enables controllers for the groups below. Throws BryoError `busy-cgroup`, `no-controller`. */
export function enableControllers(parent: string, settings: readonly CgroupSetting[]): void {
  const controllers = checkControllers(parent, settings);
  if (controllers.length === 0) return;
  try {
    writeFileSync(
      join(parent, 'cgroup.subtree_control'),
      controllers.map((name) => `+${name}`).join(' '),
    );
  } catch (cause) {
    const code = errnoCode(cause);
    // Accounting is worth having where it costs nothing; limits are what was asked for.
    if (settings.length === 0 && (code === 'EBUSY' || code === 'EACCES')) return;
    if (code !== 'EBUSY') throw cause;
    throw new BryoError(
      'busy-cgroup',
      `no limits can be set below the control group ${parent}: it has processes of its own`,
      { cause, hint: 'use --cgroup-manager systemd, or run bryo in a group of its own' },
    );
  }
}

/** Writes limits to a group. Throws BryoError `bad-limit` for a value that the kernel refuses. */
export function applySettings(directory: string, settings: readonly CgroupSetting[]): void {
  for (const { file, value, origin } of settings) {
    const path = join(directory, file);
    if (!existsSync(path)) {
      // Without swap in the kernel there is nothing to limit.
      if (file === 'memory.swap.max') continue;
      throw new BryoError('bad-limit', `${origin}: this kernel has no ${file}`);
    }
    try {
      writeFileSync(path, value);
    } catch (cause) {
      throw new BryoError(
        'bad-limit',
        `${origin}: the kernel refuses ${JSON.stringify(value)} for ${file} (${errnoCode(cause)})`,
        { cause },
      );
    }
  }
}

/** Whether a file of a group says what was asked for, as far as the kernel keeps it to the letter. */
function says(text: string, { file, value }: CgroupSetting): boolean {
  const [first = ''] = value.split(' ');
  switch (file) {
    case 'cpu.weight':
      return text === value;
    case 'io.weight':
      return text.split('\n').includes(value);
    case 'io.max':
      return text.split('\n').some((line) => line.startsWith(`${first} `));
    case 'cpuset.cpus':
    case 'cpuset.mems':
      return text !== '';
    default:
      // Rounded to pages and the like.
      return text.startsWith('max') === (first === 'max');
  }
}

/**
 * Looks whether limits hold that somebody else has set: systemd only logs what the kernel refuses.
 * Throws BryoError `bad-limit`.
 */
export function checkSettings(directory: string, settings: readonly CgroupSetting[]): void {
  for (const setting of settings) {
    const { file, value, origin } = setting;
    const path = join(directory, file);
    if (!existsSync(path)) {
      if (file === 'memory.swap.max') continue;
      throw new BryoError('bad-limit', `${origin}: this kernel has no ${file}`);
    }
    if (says(readFileSync(path, 'utf8').trim(), setting)) continue;
    throw new BryoError(
      'bad-limit',
      `${origin}: the kernel refuses ${JSON.stringify(value)} for ${file}`,
    );
  }
}

/** Makes a group with its limits. Its parent must be the caller's. */
export function makeGroup(
  parent: string,
  name: string,
  settings: readonly CgroupSetting[],
): string {
  const directory = join(parent, name);
  enableControllers(parent, settings);
  const made = mkdirSync(directory, { recursive: true }) !== undefined;
  // Processes in the group see it as /sys/fs/cgroup, whatever the umask was: others than root read there, too.
  if (made) chmodSync(directory, 0o755);
  applySettings(directory, settings);
  return directory;
}
