import { setTimeout as sleep } from 'node:timers/promises';
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

const absent = new Set(['ECONNREFUSED', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

function isTransient(error: unknown, { patient }: RetryPolicy): boolean {
  if (!(error instanceof ConnectionFailure)) return false;
  return error.transient || (patient === true && absent.has(error.code));
}

/** Milliseconds to wait before try number `next` (the second is 2); null when it was the last. */
export function retryDelay(error: unknown, next: number, policy: RetryPolicy): number | null {
  const busy = error instanceof BusyAnswer;
  if (!busy && !isTransient(error, policy)) return null;
  if (next > policy.attempts) return null;
  const backOff = policy.steady ? policy.baseDelay : policy.baseDelay * 2 ** (next - 2);
  return Math.min(policy.maxDelay, (busy ? error.retryAfter : null) ?? backOff);
}

/** Runs `attempt` until it succeeds, fails for good, or the policy's tries are used up. */
export async function retrying<T>(policy: RetryPolicy, attempt: () => Promise<T>): Promise<T> {
  for (let next = 2; ; next += 1) {
    try {
      return await attempt();
    } catch (error) {
      const delay = retryDelay(error, next, policy);
      if (delay === null) throw error instanceof BusyAnswer ? error.answer : error;
      await sleep(delay);
    }
  }
}
