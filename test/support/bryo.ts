import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inProcesses } from './processes.ts';
import { productArgv } from './product.ts';
import { requireDevices, requirePrograms } from './requirements.ts';
import { asTestUser, testUser } from './user.ts';

export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  input?: string;
  env?: Record<string, string>;
  /** Leave --root and --runroot away. */
  bare?: boolean;
  /** Give standard error with the lines that {@link withoutProgress} takes away. */
  progress?: boolean;
}

/**
 * What a command complained of: without the lines that tell how an image comes or goes, or that a busy
 * machine takes its time for another process (not that somebody has stopped that).
 */
export function withoutProgress(stderr: string): string {
  const told =
    /^(Trying to pull .*\.\.\.|Getting image source signatures|Copying (blob|config) sha256:[0-9a-f]{64}|Writing manifest to image destination|Warning: waiting for process \d+ \([^,]*\): .*)\n/gm;
  return stderr.replace(told, '');
}

/** A store of its own with the product around it, used as an ordinary user. */
export class Sandbox {
  protected readonly program: string = 'bryo';
  readonly directory: string;
  readonly root: string;
  readonly runroot: string;

  constructor() {
    requirePrograms('newuidmap', 'slirp4netns', 'setpriv');
    requireDevices('/dev/net/tun');
    const user = testUser();
    this.directory = mkdtempSync('/var/tmp/bryo-test-');
    chmodSync(this.directory, 0o755);
    chownSync(this.directory, user.uid, user.gid);
    this.root = join(this.directory, 'root');
    this.runroot = join(user.runtimeDir, `bryo-test-${process.pid}-${this.directory.slice(-6)}`);
  }

  /** Global flags that select this store. */
  get flags(): string[] {
    return ['--root', this.root, '--runroot', this.runroot];
  }

  argv(args: readonly string[], options: RunOptions = {}): string[] {
    const flags = options.bare ? [] : this.flags;
    return asTestUser([...productArgv(), ...flags, ...args], options.env);
  }

  /** Runs bryo to its end. */
  run(args: readonly string[], options: RunOptions = {}): Result {
    const [program = '', ...rest] = this.argv(args, options);
    const result = spawnSync(program, rest, {
      encoding: 'utf8',
      input: options.input ?? '',
      timeout: 300_000,
      maxBuffer: 1 << 28,
      cwd: '/',
    });
    const { status, stdout, stderr } = result;
    const shown = options.progress ? stderr : withoutProgress(stderr);
    return { code: status ?? -1, stdout, stderr: shown };
  }

  /** Runs bryo and gives its output; throws unless it succeeds without a word on stderr. */
  ok(...args: string[]): string {
    const { code, stdout, stderr } = this.run(args);
    if (code !== 0 || stderr !== '') {
      const what = `${this.program} ${args.join(' ')}`;
      const said = [stdout.slice(-500), stderr].map((text) => JSON.stringify(text));
      throw new Error(`${what}: status ${code}, stdout ${said[0]}, stderr ${said[1]}`);
    }
    return stdout;
  }

  /** As run, while this process goes on: it may be the server that bryo talks with. */
  runBeside(args: readonly string[], options: RunOptions = {}): Promise<Result> {
    const [program = '', ...rest] = this.argv(args, options);
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
    const result = { code: -1, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      result.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      result.stderr += text;
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        const stderr = options.progress ? result.stderr : withoutProgress(result.stderr);
        resolve({ ...result, stderr, code: code ?? -1 });
      });
    });
  }

  /** Starts bryo in the background. */
  start(args: readonly string[]): ChildProcess {
    const [program = '', ...rest] = this.argv(args);
    return spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/' });
  }

  /** A file or directory of the test user's. */
  makeDirectory(name: string): string {
    const path = join(this.directory, name);
    const user = testUser();
    mkdirSync(path, { mode: 0o755 });
    chownSync(path, user.uid, user.gid);
    return path;
  }

  /** Processes that still belong to this store, by what their command lines or monitors say. */
  leftovers(): string[] {
    const left = inProcesses((process) => {
      const command = process.words().join(' ');
      const own = command.includes(this.directory) || command.includes(this.runroot);
      return own ? `process ${process.pid}: ${command}` : null;
    });
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
    left.push(...mounts.filter((line) => line.includes(this.directory)).map((m) => `mount: ${m}`));
    for (const directory of [
      join(this.root, 'tmp'),
      join(this.root, 'containers'),
      join(this.root, 'names'),
    ]) {
      if (existsSync(directory))
        left.push(...readdirSync(directory).map((e) => `${directory}/${e}`));
    }
    return left;
  }

  /** The holders of this store's bridges (addon/net/holder.h). */
  holders(): number[] {
    return this.#ofBridges('bryo-net\n');
  }

  /** What serves the containers on them (addon/net/service_process.h). */
  bridgeServices(): number[] {
    return this.#ofBridges('bryo-net-serve\n');
  }

  #ofBridges(name: string): number[] {
    return inProcesses((process) => {
      const words = process.words();
      const own = words[1] === 'net' && words.includes(join(this.runroot, 'networks'));
      return own && process.read('comm') === name ? process.pid : null;
    });
  }

  /** A holder stays for a second after the last container on a bridge. */
  private awaitHolders(): void {
    const until = performance.now() + 10_000;
    const cell = new Int32Array(new SharedArrayBuffer(4));
    while (this.holders().length > 0 && performance.now() < until) Atomics.wait(cell, 0, 0, 50);
  }

  /** Removes everything; gives what should not have been there. */
  close(): string[] {
    this.run(['rm', '--force', '--all', '--volumes']);
    this.awaitHolders();
    const left = this.leftovers();
    this.run(['unshare', 'rm', '-rf', this.root]);
    spawnSync('rm', ['-rf', this.directory, this.runroot]);
    return left;
  }
}

/** Looks and time that no machine needs; on an emulated one each look takes long. */
const patience = { looks: 2400, leastLooks: 30, milliseconds: 120_000 };

/** Waits for something to become true; fails, and says what was awaited, after more than enough. */
export async function eventually(what: string, test: () => boolean): Promise<void> {
  const start = performance.now();
  for (let look = 0; look < patience.looks; look += 1) {
    if (test()) return;
    if (look >= patience.leastLooks && performance.now() - start > patience.milliseconds) break;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`it never became true that ${what}`);
}
