/** Network namespaces of an ordinary user, below a user namespace of his, and programs in them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser, testUserSpawnOptions } from '../support/user.ts';

/** The sanitizers end the program at the first wrong step in memory. */
export const driver = join(projectDir, 'dist', 'asan', 'bryo-net-driver');

const holding = 'ip link set lo up; echo ready; exec sleep infinity';

export class NetWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'bryo-net-'));
  readonly #children: ChildProcess[] = [];
  /** A process in the namespace that stands for the host's. */
  host = 0;

  /** The host's namespace is there from here on. */
  protected async begin(): Promise<void> {
    requirePrograms('unshare', 'nsenter', 'ip');
    process.once('exit', () => this.end());
    const { uid, gid } = testUser();
    chownSync(this.directory, uid, gid);
    chmodSync(this.directory, 0o755);
    this.host = (await this.start(['unshare', '-Urn', 'sh', '-c', holding])).pid ?? 0;
  }

  /** Another network namespace; a process in it. */
  async space(): Promise<number> {
    const nested = ['unshare', '-n', 'sh', '-c', holding];
    return (await this.start([...this.enter(this.host), ...nested])).pid ?? 0;
  }

  enter(pid: number): string[] {
    return ['nsenter', '-t', `${pid}`, '-U', '-n', '--preserve-credentials', '--'];
  }

  /** Starts a program that stays, and waits for its line "ready"; later lines go to `lines`. */
  async start(argv: string[], lines: string[] = []): Promise<ChildProcess> {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      ...testUserSpawnOptions(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    const input = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      input.on('line', (line) => (line === 'ready' ? resolve() : lines.push(line)));
      child.once('exit', (code) => reject(new Error(`${argv.join(' ')} ended: ${code}`)));
    });
    return child;
  }

  /** Output of a program in the namespace of a process. */
  runIn(pid: number, ...argv: string[]): string {
    const [program = '', ...args] = [...this.enter(pid), ...argv];
    const result = spawnSync(program, args, { ...testUserSpawnOptions(), encoding: 'utf8' });
    return result.stdout + result.stderr;
  }

  /** As `runIn`, beside others; its standard output. */
  async runBesideIn(pid: number, ...argv: string[]): Promise<string> {
    const [program = '', ...args] = [...this.enter(pid), ...argv];
    const child = spawn(program, args, testUserSpawnOptions());
    let text = '';
    child.stdout.on('data', (data: Buffer) => {
      text += data.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    return text;
  }

  /** Runs a program that must not say anything. */
  arrange(pid: number, words: string): void {
    const out = this.runIn(pid, ...words.split(' '));
    if (out !== '') throw new Error(`${words}: ${out}`);
  }

  end(): void {
    for (const child of this.#children.reverse()) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
