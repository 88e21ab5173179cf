/** A host and the network namespace of its bridges, with the responder of names between them. */
import type { ChildProcess } from 'node:child_process';
import { chownSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../src/native/programs.ts';
import { requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';
import { driver, NetWorld } from './net-world.ts';

/** Networks have ids of 64 hex digits; this one's are all the same. */
export function networkId(digit: string): string {
  return digit.repeat(64);
}

export class NamesWorld extends NetWorld {
  readonly networks = join(this.directory, 'networks');
  readonly resolvConf = join(this.directory, 'resolv.conf');
  readonly #holders = new Map<string, ChildProcess>();
  #bridges = 0;
  responder = 0;

  static async make(): Promise<NamesWorld> {
    requirePrograms('dig', 'dnsmasq');
    const world = new NamesWorld();
    await world.begin();
    const { uid, gid } = testUser();
    mkdirSync(world.networks);
    chownSync(world.networks, uid, gid);
    world.#bridges = await world.space();
    return world;
  }

  /** A program that stays in the host's network, and what it writes. */
  async onHost(...argv: string[]): Promise<string[]> {
    const lines: string[] = [];
    await this.start([...this.enter(this.host), ...argv], lines);
    return lines;
  }

  /** Output of a program among the bridges. */
  run(...argv: string[]): string {
    return this.runIn(this.#bridges, ...argv);
  }

  /** As `run`, beside others. */
  runBeside(...argv: string[]): Promise<string> {
    return this.runBesideIn(this.#bridges, ...argv);
  }

  async startResponder(): Promise<void> {
    const network = `/proc/${this.#bridges}/ns/net`;
    const words = ['respond', this.networks, this.resolvConf, network];
    const enter = this.enter(this.host);
    const child = await this.start([...enter, driver, ...words]);
    this.responder = child.pid ?? 0;
  }

  /** A responder beside the rules of the firewall, which holds egress policies; the refusals that it tells of. */
  async startHolding(): Promise<string[]> {
    const refused: string[] = [];
    const nft = findProgram('nft') ?? '';
    const words = ['respond', this.networks, this.resolvConf, `/proc/${this.#bridges}/ns/net`, nft];
    const child = await this.start([...this.enter(this.host), driver, ...words], refused);
    this.responder = child.pid ?? 0;
    return refused;
  }

  /** A bridge's addresses, and those of clients behind it, are all local here. */
  addAddresses(...addresses: string[]): void {
    for (const address of addresses) {
      const now = address.includes(':') ? ' nodad' : '';
      this.arrange(this.#bridges, `ip address add ${address} dev lo${now}`);
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
    const child = await this.start([driver, ...words]);
    this.#holders.set(`${digit} ${numbers.join(' ')}`, child);
  }

  /** What has held these numbers is killed. */
  async release(digit: string, ...numbers: number[]): Promise<void> {
    const child = this.#holders.get(`${digit} ${numbers.join(' ')}`);
    const gone = new Promise((resolve) => child?.once('close', resolve));
    child?.kill('SIGKILL');
    await gone;
  }
}
