/**
 * Rows of torture: what must hold whatever is killed, cut short or damaged.
 *
 * A row is a `TortureRow` in a file of test/torture/rows, entered into the table of
 * test/torture/rows.ts. Its `prepare` gets a store of its own and makes what the rounds need; it
 * resolves with the function that is one round, which resolves with the problems it found, a line
 * each. Rounds follow each other in the same store, so each must leave it as it found it.
 * `context.killed` runs a command and kills it, or one of the processes that it has started, at a
 * random time; `context.nextCommand` does what a user does next, and looks for what must not be there.
 * What `context.teardown` is given is done at the end, the last first. What a round measures goes to
 * `context.figures`: it is told and never asserted.
 *
 * `npm run torture [-- --rounds N] [--seed N] [--beside-podman] [NAME…]` runs rows,
 * test/torture/torture.test.ts a few rounds of each. Beside podman the rows that it can go through are
 * run with it, too, and tell its figures and how many problems it had, which is no failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Result, Sandbox } from '../support/bryo.ts';
import { inProcesses } from '../support/processes.ts';
import { Figures } from './figures.ts';
import { kill } from './processes.ts';

export interface TortureRow {
  name: string;
  /** What is done and what must hold, in a phrase. */
  says: string;
  /** How many rounds there are unless --rounds says otherwise. */
  rounds: number;
  /** Rounds of the short run in the test suite. */
  shortRounds: number;
  /** Whether podman can go through it. */
  podman?: boolean;
  prepare(context: TortureContext): Promise<Round>;
}

/** One round; resolves with what was wrong. */
export type Round = (index: number) => Promise<string[]>;

/** How a command came to its end: by itself, or killed. */
export interface Ended {
  /** Null: killed. */
  code: number | null;
  stdout: string;
}

export class TortureContext {
  readonly figures = new Figures();
  readonly sandbox: Sandbox;
  /** The test suite's run, which has little time. */
  readonly short: boolean;
  readonly #teardowns: (() => unknown)[] = [];
  #seed: number;

  constructor({ seed, sandbox = new Sandbox(), short = false }: Omit<RowOptions, 'rounds'>) {
    this.#seed = seed;
    this.sandbox = sandbox;
    this.short = short;
  }

  /** A number in [0, 1) (mulberry32): the same seed gives the same row of numbers. */
  random(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  }

  teardown(action: () => unknown): void {
    this.#teardowns.push(action);
  }

  /** Undoes all; gives what was left behind. */
  async close(): Promise<string[]> {
    for (const action of this.#teardowns.reverse()) await action();
    this.sandbox.run(['rmi', '--all', '--force']);
    return this.sandbox.close();
  }

  /**
   * Runs bryo and kills it at a random time within `span` ms: all its processes that have not left
   * its process group, or just one of them.
   */
  killed(args: readonly string[], span: number, env: Record<string, string> = {}): Promise<Ended> {
    const [program = '', ...rest] = this.sandbox.argv(args, { env });
    const child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'ignore'],
      cwd: '/',
      detached: true,
    });
    const alone = this.random() < 0.5;
    const timer = setTimeout(() => {
      const pids = processGroup(child.pid ?? 0);
      const victim = pids[Math.floor(this.random() * pids.length)];
      kill(alone && victim !== undefined ? victim : -(child.pid ?? 0));
    }, this.random() * span);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    return new Promise((resolve) => {
      child.on('close', (code) => {
        clearTimeout(timer);
        // Who survives its parent must not disturb the next round.
        kill(-(child.pid ?? 0));
        resolve({ code, stdout });
      });
    });
  }

  /** Milliseconds that a command takes when nobody disturbs it; it must succeed. */
  duration(args: readonly string[]): number {
    const start = performance.now();
    this.sandbox.ok(...args);
    return performance.now() - start;
  }

  /**
   * The next command, and then: nothing of what was killed is left, and no damage. Every tenth round
   * reads every byte for that.
   */
  nextCommand(round: number): string[] {
    const problems: string[] = [];
    const expectFine = (what: string, { code, stdout, stderr }: Result) => {
      if (code !== 0 || stderr !== '') problems.push(`${what}: status ${code}: ${stdout}${stderr}`);
    };
    expectFine('ps', this.sandbox.run(['ps', '-a']));
    for (const name of ['tmp', 'unfinished']) {
      const directory = join(this.sandbox.root, name);
      const left = existsSync(directory) ? readdirSync(directory) : [];
      if (left.length > 0) problems.push(`${name} holds ${left.join(' ')}`);
    }
    const depth = round % 10 === 9 ? [] : ['--quick'];
    expectFine('system check', this.sandbox.run(['system', 'check', ...depth]));
    return problems;
  }
}

function processGroup(leader: number): number[] {
  return inProcesses((process) => {
    const stat = process.read('stat');
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    return group === leader ? process.pid : null;
  });
}

export interface RowOptions {
  rounds: number;
  seed: number;
  /** Made for the row, and closed with it. */
  sandbox?: Sandbox;
  short?: boolean;
  onRound?: (index: number) => void;
}

/** Runs a row; resolves with its problems and with what it has measured. */
export async function runRow(
  row: TortureRow,
  options: RowOptions,
): Promise<{ problems: string[]; figures: string }> {
  const context = new TortureContext(options);
  const problems: string[] = [];
  try {
    const round = await row.prepare(context);
    for (let index = 0; index < options.rounds; index += 1) {
      const found = await round(index).catch((error: Error) => [error.message]);
      problems.push(...found.map((problem) => `round ${index}: ${problem}`));
      options.onRound?.(index);
    }
  } finally {
    problems.push(...(await context.close()).map((left) => `left behind: ${left}`));
  }
  return { problems, figures: String(context.figures) };
}
