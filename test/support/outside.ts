/** A machine and the outside world as two network namespaces with a cable between them. For root. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type RunOptions, Sandbox } from './bryo.ts';
import { requirePrograms } from './requirements.ts';

/** Addresses at both ends of the cable, and of a host that is farther away. */
export const machineAddresses = { ipv4: '198.51.100.2', ipv6: '2001:db8:1::2' } as const;
export const outsideAddresses = { ipv4: '198.51.100.1', ipv6: '2001:db8:1::1' } as const;
export const farAddresses = { ipv4: '203.0.113.9', ipv6: '2001:db8:9::9' } as const;

export class Outside {
  readonly #children: ChildProcess[] = [];
  readonly #servers: number[] = [];
  /** A process in the machine's namespace. */
  machine = 0;
  #world = 0;

  async #space(): Promise<number> {
    const words = ['-n', 'sh', '-c', 'ip link set lo up; echo ready; exec sleep infinity'];
    const child = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#children.push(child);
    await once(child.stdout, 'data');
    return child.pid ?? 0;
  }

  async begin(): Promise<void> {
    requirePrograms('ip', 'unshare', 'nsenter');
    process.once('exit', () => this.end());
    this.machine = await this.#space();
    this.#world = await this.#space();
    const cable = `type veth peer name cable netns ${this.#world}`;
    this.onMachine('ip', 'link', 'add', 'cable', ...cable.split(' '));
    for (const [run, own] of [
      [this.onMachine, machineAddresses],
      [this.inWorld, outsideAddresses],
    ] as const) {
      run('ip', 'addr', 'add', `${own.ipv4}/24`, 'dev', 'cable');
      run('ip', 'addr', 'add', `${own.ipv6}/64`, 'dev', 'cable', 'nodad');
      run('ip', 'link', 'set', 'cable', 'up');
    }
    this.inWorld('ip', 'addr', 'add', `${farAddresses.ipv4}/32`, 'dev', 'lo');
    this.inWorld('ip', 'addr', 'add', `${farAddresses.ipv6}/128`, 'dev', 'lo', 'nodad');
    this.onMachine('ip', 'route', 'add', 'default', 'via', outsideAddresses.ipv4);
    this.onMachine('ip', 'route', 'add', 'default', 'via', outsideAddresses.ipv6);
  }

  /** Output of a program of the machine's administrator; throws when it fails. */
  readonly onMachine = (...argv: string[]): string => this.#run(this.machine, argv);
  /** As `onMachine`, of the world. */
  readonly inWorld = (...argv: string[]): string => this.#run(this.#world, argv);

  #run(pid: number, argv: readonly string[]): string {
    const words = ['-t', String(pid), '-n', ...argv];
    return execFileSync('nsenter', words, { encoding: 'utf8', timeout: 60_000 });
  }

  /** Starts a program of the world that stays, and waits for its first line. */
  async startInWorld(...argv: string[]): Promise<void> {
    const child = spawn('nsenter', ['-t', String(this.#world), '-n', ...argv], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    this.#servers.push(child.pid ?? 0);
    await once(createInterface({ input: child.stdout }), 'line');
    child.stdout.destroy();
    child.unref();
  }

  end(): void {
    // With what they have forked.
    for (const group of this.#servers.splice(0)) process.kill(-group, 'SIGKILL');
    for (const child of this.#children.splice(0)) child.kill('SIGKILL');
  }
}

/** bryo of an ordinary user of the machine. */
export class OutsideSandbox extends Sandbox {
  readonly #outside: Outside;

  constructor(outside: Outside) {
    super();
    this.#outside = outside;
  }

  override argv(args: readonly string[], options: RunOptions = {}): string[] {
    return ['nsenter', '-t', String(this.#outside.machine), '-n', ...super.argv(args, options)];
  }
}
