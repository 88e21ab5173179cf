/**
 * A host and the network namespace of its bridges, made of real namespaces, with the responder of
 * names between them (addon/driver/net.cc, with sanitizers).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser, testUserSpawnOptions } from '../support/user.ts';

// The sanitizers end the program at the first wrong step in memory.
const driver = join(projectDir, 'dist', 'asan', 'bryo-net-driver');

/** Networks have ids of 64 hex digits; this one's are all the same. */
export function networkId(digit: string): string {
  return digit.repeat(64);
}

export class NamesWorld {
  readonly directory = mkdtempSync(join(tmpdir(), 'bryo-names-'));
  readonly networks = join(this.directory, 'networks');
  readonly resolvConf = join(this.directory, 'resolv.conf');
  readonly #children: ChildProcess[] = [];
  readonly #holders = new Map<string, ChildProcess>();
  #host = 0;
  #bridges = 0;
  responder = 0;

  static async make(): Promise<NamesWorld> {
    requirePrograms('dig', 'dnsmasq', 'unshare', 'nsenter', 'ip');
    const world = new NamesWorld();
    process.once('exit', () => world.end());
    const { uid, gid } = testUser();
    chownSync(world.directory, uid, gid);
    chmodSync(world.directory, 0o755);
    mkdirSync(world.networks);
    chownSync(world.networks, uid, gid);
    const inner = 'ip link set lo up; echo ready; exec sleep infinity';
    world.#host = (await world.#start(['unshare', '-Urn', 'sh', '-c', inner])).pid ?? 0;
    const nested = ['unshare', '-n', 'sh', '-c', inner];
    world.#bridges = (await world.#start([...world.#enter(world.#host), ...nested])).pid ?? 0;
    return world;
  }

  #enter(pid: number): string[] {
    return ['nsenter', '-t', `${pid}`, '-U', '-n', '--preserve-credentials', '--'];
  }

  /** Starts a program that stays, and waits for its line "ready"; later lines go to `lines`. */
  async #start(argv: string[], lines: string[] = []): Promise<ChildProcess> {
    const [program = '', ...args] = argv;
    const child = spawn(program, args, {
      ...testUserSpawnOptions(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#children.push(child);
    const input = createInterface({ input: child.stdout ?? process.stdin });
    await new Promise<void>((resolve, reject) => {
      input.on('line', (line) => (line === 'ready' ? resolve() : lines.push(line)));
      child.once('exit', (code) => reject(new Error(`${argv.join(' ')} ended: ${code}`)));
    });
    return child;
  }

  /** A program that stays in the host's network, and what it writes. */
  async onHost(...argv: string[]): Promise<string[]> {
    const lines: string[] = [];
    await this.#start([...this.#enter(this.#host), ...argv], lines);
    return lines;
  }

  /** Output of a program among the bridges. */
  run(...argv: string[]): string {
    const [program = '', ...args] = [...this.#enter(this.#bridges), ...argv];
    const result = spawnSync(program, args, { ...testUserSpawnOptions(), encoding: 'utf8' });
    return result.stdout + result.stderr;
  }

  /** As `run`, beside others. */
  async runBeside(...argv: string[]): Promise<string> {
    const [program = '', ...args] = [...this.#enter(this.#bridges), ...argv];
    const child = spawn(program, args, { ...testUserSpawnOptions() });
    let text = '';
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString();
    });
    await new Promise((resolve) => child.once('close', resolve));
    return text;
  }

  async startResponder(): Promise<void> {
    const network = `/proc/${this.#bridges}/ns/net`;
    const words = ['respond', this.networks, this.resolvConf, network];
    const enter = this.#enter(this.#host);
    const child = await this.#start([...enter, driver, ...words]);
    this.responder = child.pid ?? 0;
  }

  /** A bridge's addresses, and those of clients behind it, are all local here. */
  addAddresses(...addresses: string[]): void {
    for (const address of addresses) {
      const now = address.includes(':') ? ['nodad'] : [];
      const out = this.run('ip', 'address', 'add', address, 'dev', 'lo', ...now);
      if (out !== '') throw new Error(out);
    }
  }

  #write(path: string, text: string): void {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  network(digit: string, lines: readonly string[]): void {
    const directory = join(this.networks, networkId(digit));
    mkdirSync(join(directory, 'names'), { recursive: true });
    this.#write(join(directory, 'network'), `${lines.join('\n')}\n`);
  }

  names(digit: string, number: number, lines: readonly string[]): void {
    const file = join(this.networks, networkId(digit), 'names', `${number}`);
    this.#write(file, `${lines.join('\n')}\n`);
  }

  removeNames(digit: string, number: number): void {
    rmSync(join(this.networks, networkId(digit), 'names', `${number}`));
  }

  /** A network of this name is gone with all that is in it. */
  removeNetwork(digit: string): void {
    rmSync(join(this.networks, networkId(digit)), { recursive: true });
  }

  async hold(digit: string, ...numbers: number[]): Promise<void> {
    const leases = join(this.networks, networkId(digit), 'leases');
    const { uid, gid } = testUser();
    writeFileSync(leases, '', { flag: 'a' });
    chownSync(leases, uid, gid);
    const words = ['hold', leases, ...numbers.map(String)];
    const child = await this.#start([driver, ...words]);
    this.#holders.set(`${digit} ${numbers.join(' ')}`, child);
  }

  /** What has held these numbers is killed. */
  async release(digit: string, ...numbers: number[]): Promise<void> {
    const child = this.#holders.get(`${digit} ${numbers.join(' ')}`);
    const gone = new Promise((resolve) => child?.once('close', resolve));
    child?.kill('SIGKILL');
    await gone;
  }

  end(): void {
    for (const child of this.#children.reverse()) {
      child.removeAllListeners('exit');
      child.kill('SIGKILL');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
