import { parseDuration } from '../../../base/duration.ts';
import type { HealthChanges } from '../../../container/change-health.ts';
import { readTest } from '../../../request/health.ts';
import type { Field } from '../../body/field.ts';
import { mostOfHealthLog, readHealthAction, readHealthDestination } from './health.ts';

/** Milliseconds of a duration as text. */
function readTime(field: Field, least: number): number {
  const time = field.read(parseDuration);
  if (time < least) throw field.problem(`at least ${least / 1000}s is needed`);
  return time;
}

/** A time between checks; `disable`: only when asked. */
function readInterval(field: Field): number {
  return field.text() === 'disable' ? 0 : readTime(field, 0);
}

type Reader<T> = (field: Field) => T;

/** The changes of a container's health check (UpdateHealthCheckConfig); the rest stays as it is. */
export function readHealthChanges(body: Field): HealthChanges {
  const read = <K extends string, T>(key: K, name: string, reader: Reader<T>) => {
    const field = body.get(name);
    return (field.isAbsent ? {} : { [key]: reader(field) }) as Partial<Record<K, T>>;
  };
  const test: Reader<string[]> = (field) => field.read((text) => readTest(field.path, text));
  const seconds: Reader<number> = (field) => readTime(field, 1000);
  const count =
    (least: number): Reader<number> =>
    (field) =>
      field.number(least) ?? least;
  const limit =
    (most: number): Reader<number> =>
    (field) =>
      field.amount(0, most) ?? most;
  return {
    disabled: body.get('no_healthcheck').flag(),
    regular: {
      ...read('test', 'health_cmd', test),
      ...read('interval', 'health_interval', readInterval),
      ...read('startPeriod', 'health_start_period', (field) => readTime(field, 0)),
      ...read('timeout', 'health_timeout', seconds),
      ...read('retries', 'health_retries', count(1)),
    },
    startup: {
      ...read('test', 'health_startup_cmd', test),
      ...read('interval', 'health_startup_interval', seconds),
      ...read('timeout', 'health_startup_timeout', seconds),
      ...read('retries', 'health_startup_retries', count(0)),
      ...read('successes', 'health_startup_success', count(0)),
    },
    onFailure: read('on', 'health_on_failure', readHealthAction).on ?? null,
    log: {
      ...read('destination', 'health_log_destination', readHealthDestination),
      ...read('count', 'health_max_log_count', limit(mostOfHealthLog.count)),
      ...read('size', 'health_max_log_size', limit(mostOfHealthLog.size)),
    },
  };
}
