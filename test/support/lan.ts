/** A LAN of the test's own: another host's network namespace, and a bridge of this machine that leads there. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from './bryo.ts';
import { requirePrograms } from './requirements.ts';

/** Address of the other host. */
export const lanHost = '10.199.7.1';
export const lanSubnet = '10.199.7.0/24';

export class Lan {
  /** Names of interfaces have 15 characters at most. */
  readonly #mark = String(process.pid % 100_000);
  readonly bridge = `bl${this.#mark}`;
  readonly #children: ChildProcess[] = [];
  #made: string[] = [this.bridge];
  #pid = 0;
  #ports: () => void = () => undefined;

  /** The other host, on the bridge. For root. */
  async begin(): Promise<void> {
    requirePrograms('ip', 'unshare', 'nsenter');
    process.once('exit', () => this.end());
    const words = ['-n', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep infinity'];
    const host = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(host);
    await once(host.stdout, 'data');
    this.#pid = host.pid ?? 0;
    const [inside, outside] = [`bv${this.#mark}`, `bo${this.#mark}`];
    this.asRoot(`ip link add ${this.bridge} type bridge && ip link set ${this.bridge} up`);
    this.asRoot(`ip link add ${inside} type veth peer name ${outside}`);
    this.asRoot(`ip link set ${outside} master ${this.bridge} up`);
    this.asRoot(`ip link set ${inside} netns ${this.#pid} name lan0`);
    this.onHost('ip', 'addr', 'add', `${lanHost}/24`, 'dev', 'lan0');
    this.onHost('ip', 'link', 'set', 'lan0', 'up');
  }

  /** Runs what an administrator has to and gives its output; devices of these names go at the end. */
  asRoot(command: string, ...devices: string[]): string {
    this.#made.push(...devices);
    return execFileSync('sh', ['-c', command], { encoding: 'utf8' });
  }

  /** Waits until no other test has ports by lxc-usernet: what lxc-user-nic allows a user counts on all bridges. */
  async takePorts(): Promise<void> {
    requirePrograms('flock');
    const words = ['-o', '/run/bryo-test-lxc-ports', 'sh', '-c', 'echo taken; cat'];
    const taker = spawn('flock', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(taker.stdout, 'data');
    this.#ports = () => taker.stdin.end();
  }

  /** Lets other tests have them. */
  givePorts(): void {
    this.#ports();
    this.#ports = () => undefined;
  }

  /** Output of a program of the other host. */
  onHost(...argv: string[]): string {
    const words = ['-t', String(this.#pid), '-n', ...argv];
    const result = spawnSync('nsenter', words, { encoding: 'utf8', timeout: 60_000 });
    return result.stdout + result.stderr;
  }

  /** The other host asks until a container's port 80 answers. */
  async answers(address: string): Promise<void> {
    await eventually(
      `${address} answers`,
      () => this.onHost('busybox', 'nc', '-w', '5', address, '80') === 'served\n',
    );
  }

  /** A program of the other host that stays. */
  startOnHost(...argv: string[]): ChildProcess {
    const child = spawn('nsenter', ['-t', String(this.#pid), '-n', ...argv], { stdio: 'ignore' });
    this.#children.push(child);
    return child;
  }

  end(): void {
    this.givePorts();
    for (const child of this.#children.reverse()) child.kill('SIGKILL');
    for (const device of this.#made) spawnSync('ip', ['link', 'del', device], { stdio: 'ignore' });
    this.#made = [];
  }
}
