import { spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';
import { asTestUser, testUser } from '../support/user.ts';

/** A configuration as tests change it. */
// biome-ignore lint/suspicious/noExplicitAny: the tests also write what is no configuration
export type Config = any;

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

const applets = [
  'sh',
  'true',
  'cat',
  'id',
  'ls',
  'sleep',
  'echo',
  'hostname',
  'env',
  'touch',
  'rm',
  'mkdir',
];

/** Gives a container the host's programs, Python among them. */
export function useHostPrograms(config: Config): void {
  for (const place of ['/usr', '/lib', '/lib64', '/etc']) {
    const options = ['rbind', 'ro'];
    config.mounts.push({ destination: place, source: place, type: 'none', options });
  }
}

/** Bundles of a busybox and a state directory, for bryo-oci as an ordinary user, or as root of the machine. */
export class Runtime {
  readonly sandbox = new Sandbox();
  readonly #caller: 'user' | 'root';

  constructor(caller: 'user' | 'root' = 'user') {
    this.#caller = caller;
  }

  /** A bundle whose configuration is the template after some changes. */
  bundle(name: string, change: (config: Config) => void = () => undefined): string {
    const directory = this.sandbox.makeDirectory(name);
    const rootfs = this.sandbox.makeDirectory(join(name, 'rootfs'));
    mkdirSync(join(rootfs, 'bin'));
    copyFileSync('/bin/busybox', join(rootfs, 'bin', 'busybox'));
    for (const applet of applets) symlinkSync('busybox', join(rootfs, 'bin', applet));
    const { uid, gid } = testUser();
    chownSync(join(rootfs, 'bin'), uid, gid);
    const rootless = this.#caller === 'user' ? ['--rootless'] : [];
    this.ok('spec', ...rootless, '--bundle', directory);
    const path = join(directory, 'config.json');
    const config: Config = JSON.parse(readFileSync(path, 'utf8'));
    config.process.terminal = false;
    config.root.readonly = false;
    change(config);
    writeFileSync(path, JSON.stringify(config));
    return directory;
  }

  argv(args: readonly string[]): string[] {
    const root = join(this.sandbox.directory, 'state');
    const argv = [...productArgv(), 'runtime', '--root', root, ...args];
    return this.#caller === 'user' ? asTestUser(argv) : argv;
  }

  run(...args: string[]): Ended {
    const [program = '', ...rest] = this.argv(args);
    const result = spawnSync(program, rest, { encoding: 'utf8', cwd: '/', timeout: 30_000 });
    return { code: result.status, stdout: result.stdout, stderr: result.stderr };
  }

  ok(...args: string[]): string {
    const { code, stdout, stderr } = this.run(...args);
    if (code !== 0 || stderr !== '') {
      throw new Error(`bryo-oci ${args.join(' ')}: status ${code}, ${JSON.stringify(stderr)}`);
    }
    return stdout;
  }

  /** Runs a command that leaves a process behind: that one keeps its standard streams. */
  leave(...args: string[]): void {
    const path = join(this.sandbox.directory, 'output');
    const output = openSync(path, 'w');
    const [program = '', ...rest] = this.argv(args);
    const { status } = spawnSync(program, rest, { stdio: ['ignore', output, output], cwd: '/' });
    closeSync(output);
    if (status !== 0) throw new Error(`bryo-oci ${args.join(' ')}: ${readFileSync(path, 'utf8')}`);
  }

  /** Runs a command in a fresh bundle. */
  runIn(name: string, args: string[], change: (config: Config) => void = () => undefined): Ended {
    const bundle = this.bundle(name, (config) => {
      config.process.args = args;
      change(config);
    });
    return this.run('run', '--bundle', bundle, name);
  }
}
