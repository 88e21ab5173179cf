import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../base/duration.ts';
import { ConnectionFailure } from './failures.ts';

export interface RetryPolicy {
  /** Tries in all, the first included. */
  attempts: number;
  /** Milliseconds before the second try; doubles with each one. */
  baseDelay: number;
  /** Milliseconds; no wait is longer, whatever Retry-After says. */
  maxDelay: number;
  /** The wait does not grow. */
  steady?: boolean;
  /** A registry that is not there is waited for as well. */
  patient?: boolean;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 4, baseDelay: 300, maxDelay: 30_000 };

/** An answer that says "later": 429 and 5xx. `retryAfter` in milliseconds, null when not given. */
export class BusyAnswer extends Error {
  readonly answer: Error;
  readonly retryAfter: number | null;

  constructor(answer: Error, retryAfter: number | null) {
    super(answer.message);
    this.name = 'BusyAnswer';
    this.answer = answer;
    this.retryAfter = retryAfter;
  }
}

/** Retry-After (RFC 9110 section 10.2.3), seconds or a date, in milliseconds; null if unusable. */
export function parseRetryAfter(value: string | undefined, now: number): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

const absent = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOANSWER']);

/** Tries that may stall: after the second one a minute has gone by. */
const stallLimit = 2;

/** Milliseconds; shorter waits are not worth a word. */
const toldWait = 5000;

function isTransient(error: unknown, { patient }: RetryPolicy): boolean {
  if (!(error instanceof ConnectionFailure)) return false;
  return error.transient || (patient === true && absent.has(error.code));
}

/** Milliseconds to wait before try number `next` (the second is 2); null when it was the last. */
export function retryDelay(error: unknown, next: number, policy: RetryPolicy): number | null {
  const busy = error instanceof BusyAnswer;
  if (!busy && !isTransient(error, policy)) return null;
  const stalled = error instanceof ConnectionFailure && error.code === 'ESTALLED';
  const limit = stalled && !policy.patient ? stallLimit : policy.attempts;
  if (next > Math.min(limit, policy.attempts)) return null;
  const backOff = policy.steady ? policy.baseDelay : policy.baseDelay * 2 ** (next - 2);
  return Math.min(policy.maxDelay, (busy ? error.retryAfter : null) ?? backOff);
}

/** podman's words about the wait before a try, for it may look like a hang. */
function wordsOf(error: unknown, next: number, delay: number, { attempts }: RetryPolicy): string {
  const asked = error instanceof BusyAnswer ? error.retryAfter : null;
  const wish = asked === null ? '' : ` and asks to wait ${formatDuration(Math.round(asked))}`;
  const message = error instanceof Error ? error.message : String(error);
  const what = error instanceof BusyAnswer ? message : `initializing the connection: ${message}`;
  const count = `(${next - 1}/${attempts - 1})`;
  return `Failed, retrying in ${formatDuration(delay)} ... ${count}. Error: ${what}${wish}`;
}

/** The parts of a session that waiting for another try needs. */
export interface Patience {
  policy: RetryPolicy;
  tell(words: string): void;
}

/** Waits before try number `next`; false: the one that failed was the last. */
export async function waitForTry(
  error: unknown,
  next: number,
  { policy, tell }: Patience,
): Promise<boolean> {
  const delay = retryDelay(error, next, policy);
  if (delay === null) return false;
  // Tries that the caller has asked for are all told.
  const told = policy.patient === true || delay >= Math.min(toldWait, policy.maxDelay);
  if (told) tell(wordsOf(error, next, delay, policy));
  await sleep(delay);
  return true;
}

/** Runs `attempt` until it succeeds, fails for good, or the policy's tries are used up. */
export async function retrying<T>(patience: Patience, attempt: () => Promise<T>): Promise<T> {
  for (let next = 2; ; next += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (await waitForTry(error, next, patience)) continue;
      throw error instanceof BusyAnswer ? error.answer : error;
    }
  }
}
