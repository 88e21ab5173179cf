import { readFileSync, writeSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { addon } from './addon.ts';
import { childPids, processStartTicks } from './processes.ts';

/** Milliseconds of patience with other processes. */
export interface WaitLimits {
  /** After them whoever waits says for which process. */
  told: number;
  /** After them one that is stopped is not waited for any longer. */
  stopped: number;
  /** After them nobody is, who does something that must come to an end. */
  most: number;
}

const usual: WaitLimits = { told: 5_000, stopped: 10_000, most: Number.POSITIVE_INFINITY };

/** Locks are held for as long as it takes to unpack an image, or to export a volume. */
export const lockLimits: WaitLimits = { ...usual, most: 15 * 60_000 };

/** Between two looks at processes that are waited for already too long. */
const interval = 250;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Whether a signal or a tracer has stopped a process (proc(5), the state in /proc/PID/stat). */
export function isStopped(pid: number): boolean {
  const stat = readText(`/proc/${pid}/stat`);
  return /^[Tt] /.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** A process and all that it has started, itself first. */
function family(pid: number): number[] {
  return [pid, ...childPids(pid).flatMap(family)];
}

/** A process in words that a user can look for with ps: `process 12 (bryo-monitor)`. */
function describeProcess(pid: number): string {
  const words = readText(`/proc/${pid}/cmdline`).split('\0').filter(Boolean);
  // The launcher goes by what it has become.
  const own = words.length === 0 || words[0] === 'bryo-launcher';
  const name = own ? readText(`/proc/${pid}/comm`).trim() : words.slice(0, 2).join(' ');
  return name === '' ? `process ${pid}` : `process ${pid} (${name})`;
}

/** Kills a process and all that it has started, also what is stopped. */
export function killFamily(pid: number): void {
  for (const member of family(pid)) {
    try {
      process.kill(member, 'SIGKILL');
    } catch {
      // The process has ended.
    }
  }
}

/**
 * One time of waiting for other processes. Who waits asks it again and again; after some seconds it tells
 * the user whom it is for, by a line on standard error.
 */
export class Waiting {
  readonly #what: string;
  readonly #limits: WaitLimits;
  readonly #start = performance.now();
  #lookAt: number;
  #told = false;

  /** `what` is to happen: `the start of container web`. */
  constructor(what: string, limits: WaitLimits = usual) {
    this.#what = what;
    this.#limits = limits;
    this.#lookAt = this.#start + limits.told;
  }

  /** Whether it is worth asking. */
  get isDue(): boolean {
    return performance.now() >= this.#lookAt;
  }

  /** Milliseconds until it is worth asking; whoever blocks wakes then. */
  get untilNext(): number {
    return Math.max(1, Math.ceil(this.#lookAt - performance.now()));
  }

  /**
   * Why it is vain to wait for a process that has not done its part: it, or one that it has started, is
   * stopped and has been given time enough; with `hurried` it has been slow, too. Null: it is not vain.
   */
  vainReason(pid: number, hurried = false): string | null {
    const now = performance.now();
    if (now < this.#lookAt) return null;
    this.#lookAt = now + interval;
    const stopped = family(pid).find(isStopped);
    const which = describeProcess(stopped ?? pid);
    if (!this.#told) {
      this.#told = true;
      const state = stopped === undefined ? '' : ', which is stopped';
      writeSync(2, `Warning: waiting for ${which}${state}: ${this.#what}\n`);
    }
    const { stopped: limit, most } = this.#limits;
    if (now < this.#start + limit) return null;
    if (stopped !== undefined) return `${which} is stopped`;
    return hurried || now > this.#start + most ? `${which} does not get on` : null;
  }

  /** Throws BryoError `no-answer` once it is vain. `hint`: what the user can do. */
  look(pid: number, hint?: string): void {
    const reason = this.vainReason(pid);
    if (reason === null) return;
    const usual = reason.endsWith('is stopped') ? `kill -CONT ${pid}` : `kill ${pid} ends it`;
    throw new BryoError('no-answer', `${this.#what} is not to be had: ${reason}`, {
      hint: hint ?? usual,
    });
  }

  /** Looks while the wait is for another operation of this process. */
  lookWithin(): void {
    if (performance.now() < this.#start + this.#limits.most) return;
    throw new BryoError(
      'no-answer',
      `${this.#what} is not to be had: this process does not get on`,
    );
  }

  /** Waits until a process has ended. Errors: those of look. */
  async awaitEnd(pid: number, hint?: string): Promise<void> {
    while (!(await endsWithin(pid, this.untilNext))) this.look(pid, hint);
  }

  /** As awaitEnd, but one that is stopped is killed. */
  async forceEnd(pid: number): Promise<void> {
    while (!(await endsWithin(pid, this.untilNext))) {
      if (this.vainReason(pid) !== null) killFamily(pid);
    }
  }
}

/** Blocks until a process is gone; false when the time (in milliseconds) is over first. */
export function hasEnded(pid: number, milliseconds: number): boolean {
  return processStartTicks(pid) === null || addon().waitProcess(pid, milliseconds);
}

/** The longest pause in milliseconds between two looks at a process that is to end. */
const longestPause = 32;

/**
 * Waits while the rest of this process goes on. A look comes after an eighth of the time that has
 * passed: what ends soon is seen soon.
 */
export async function endsWithin(pid: number, milliseconds: number): Promise<boolean> {
  const start = performance.now();
  for (;;) {
    if (hasEnded(pid, 0)) return true;
    const passed = performance.now() - start;
    if (passed >= milliseconds) return false;
    const pause = Math.min(Math.max(1, passed / 8), longestPause, milliseconds - passed);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
