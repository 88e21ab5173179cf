import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../support/bryo.ts';
import { asTestUser, testUser } from '../../support/user.ts';

// The installed product, the user's own store and service manager: as on a user's machine.
const user = testUser();
export const home = user.home;
export const drafts = join(home, 'drafts');
export const unitFiles = join(home, '.config/containers/systemd');
export const ownUnits = join(home, '.config/systemd/user');
const env = {
  PATH: `${home}/.local/bin:/usr/local/bin:/usr/bin:/bin`,
  XDG_RUNTIME_DIR: `/run/user/${user.uid}`,
};

/** Far more than any command takes in an emulated machine. */
const patience = 240_000;

export interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program as the user; one that does not end is reported with the units' states. */
export function run(program: string, ...args: string[]): Result {
  const [first = '', ...rest] = asTestUser([program, ...args], env);
  const result = spawnSync(first, rest, { encoding: 'utf8', cwd: '/', timeout: patience });
  const { status, stdout, stderr, error } = result;
  if (error !== undefined) {
    throw new Error(`${program} ${args.join(' ')}: ${error.message}\n${stderr}\n${situation()}`);
  }
  return { code: status, stdout, stderr };
}

/** What systemd is doing, for messages about failures. */
function situation(...units: string[]): string {
  const ask = (program: string, ...args: string[]): string => {
    const [first = '', ...rest] = asTestUser([program, ...args], env);
    const { stdout } = spawnSync(first, rest, { encoding: 'utf8', timeout: 30_000 });
    return `# ${program} ${args.join(' ')}\n${stdout}`;
  };
  const shown =
    units.length > 0 ? [ask('systemctl', '--user', '--no-pager', 'status', ...units)] : [];
  return [
    ...shown,
    ask('systemctl', '--user', '--no-pager', 'list-jobs'),
    ask('journalctl', '--user', '--no-pager', '--lines', '30'),
  ].join('\n');
}

export const bryo = (...args: string[]): Result => run('bryo', ...args);
export const systemctl = (...args: string[]): Result => run('systemctl', '--user', ...args);

export function property(unit: string, name: string): string {
  return systemctl('show', '--property', name, '--value', unit).stdout.trim();
}

export function inspect(name: string, template: string): string {
  return bryo('inspect', '--format', `{{${template}}}`, name).stdout.trim();
}

/** Waits for a state of a unit; tells what systemd did when it never comes. */
export async function becomes(unit: string, name: string, value: string | RegExp): Promise<void> {
  const fits = (text: string): boolean =>
    typeof value === 'string' ? text === value : value.test(text);
  try {
    await eventually(`${name} of ${unit} is ${value}`, () => fits(property(unit, name)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}; it is ${property(unit, name)}\n${situation(unit)}`);
  }
}

export function write(directory: string, name: string, lines: readonly string[]): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** `bryo quadlet install` of a file with these lines. */
export function install(name: string, ...lines: string[]): Result {
  return bryo('quadlet', 'install', '--replace', write(drafts, name, lines));
}

/** Lines of [Container] for something that stays until it is killed. */
export const sleeper = ['[Container]', 'Image=hello', 'Exec=sleep 1000', 'StopTimeout=0'];

/** Stops a service and removes its unit file. */
export function discard(unitFile: string, service: string): void {
  systemctl('stop', service);
  systemctl('reset-failed', service);
  bryo('quadlet', 'rm', '--force', unitFile);
}
