import { statSync } from 'node:fs';
import {
  type HealthAction,
  type HealthLog,
  type HealthRequest,
  healthDefaults,
  type StartupCheck,
} from '../../../request/health.ts';
import type { Field } from '../../body/field.ts';
import { readHealth as readRegular, readTime } from '../../body/process.ts';

/** The numbers of HealthCheckOnFailureAction (libpod/define/healthchecks.go). */
const actions: readonly (HealthAction | null)[] = ['none', null, 'kill', 'restart', 'stop'];

export function readHealthAction(field: Field): HealthAction {
  if (typeof field.value === 'string') {
    const named = actions.find((action) => action === field.value);
    if (named) return named;
    throw field.problem('none, kill, restart or stop is needed');
  }
  const action = actions[field.number(0) ?? 0];
  if (action) return action;
  throw field.problem('0 (none), 2 (kill), 3 (restart) or 4 (stop) is needed');
}

function readStartup(field: Field): StartupCheck | null {
  const test = field.get('Test').texts();
  if (test.length === 0) return null;
  return {
    test,
    interval: readTime(field.get('Interval')) ?? healthDefaults.interval,
    timeout: readTime(field.get('Timeout')) ?? healthDefaults.timeout,
    retries: field.get('Retries').number(0) ?? 0,
    successes: field.get('Successes').number(0) ?? 0,
  };
}

export function readHealthDestination(field: Field): HealthLog['destination'] {
  const text = field.word() ?? 'local';
  if (text === 'local' || text === 'events_logger') return text;
  if (!statSync(text, { throwIfNoEntry: false })?.isDirectory()) {
    throw field.problem('there is no such directory');
  }
  return { directory: text };
}

/** Limits of what is kept of a check where 0 asks for the most. */
export const mostOfHealthLog = { count: 100, size: 65_536 } as const;

/** The health check of a container; absent: the image's. */
export function readHealth(spec: Field): HealthRequest {
  const limit = (name: string, largest: number, usual: number): number => {
    const field = spec.get(name);
    if (field.isAbsent) return usual;
    return field.amount(0, largest) ?? largest;
  };
  return {
    ...readRegular(spec.get('healthconfig')),
    onFailure: readHealthAction(spec.get('health_check_on_failure_action')),
    startup: readStartup(spec.get('startupHealthConfig')),
    log: {
      destination: readHealthDestination(spec.get('healthLogDestination')),
      count: limit('healthMaxLogCount', mostOfHealthLog.count, healthDefaults.logCount),
      size: limit('healthMaxLogSize', mostOfHealthLog.size, healthDefaults.logSize),
    },
  };
}
