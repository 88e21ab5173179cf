import { BryoError } from '../../../base/errors.ts';
import type { HealthChanges } from '../../../container/change-health.ts';
import { readTest } from '../../../request/health.ts';
import { readNumber } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import {
  healthOptions,
  mostOfLog,
  readAction,
  readDestination,
  readInterval,
  readLimit,
  readTime,
} from './health.ts';

/** The flags of a health check where they change one. */
export const healthChangeOptions: readonly OptionSpec[] = healthOptions.map(
  ({ default: _, ...option }) => option,
);

type Reader<T> = (flag: string, text: string) => T;

const seconds: Reader<number> = (flag, text) => readTime(flag, text, 1000);
const count =
  (least: number): Reader<number> =>
  (flag, text) =>
    readNumber(flag, text, least);

/** The parts of a health check that the flags are about. */
export function readHealthChanges({ text, flag }: Invocation): HealthChanges {
  const read = <K extends string, T>(key: K, name: string, reader: Reader<T>) => {
    const value = text(name);
    return (value === null ? {} : { [key]: reader(`--${name}`, value) }) as Partial<Record<K, T>>;
  };
  const disabled = flag('no-healthcheck');
  if (disabled && text('health-cmd') !== null) {
    throw new BryoError('bad-flag-value', '--no-healthcheck and --health-cmd exclude each other');
  }
  return {
    disabled,
    regular: {
      ...read('test', 'health-cmd', readTest),
      ...read('interval', 'health-interval', readInterval),
      ...read('startInterval', 'health-start-interval', (name, word) => readTime(name, word, 1)),
      ...read('startPeriod', 'health-start-period', (name, word) => readTime(name, word, 0)),
      ...read('timeout', 'health-timeout', seconds),
      ...read('retries', 'health-retries', count(1)),
    },
    startup: {
      ...read('test', 'health-startup-cmd', readTest),
      ...read('interval', 'health-startup-interval', seconds),
      ...read('timeout', 'health-startup-timeout', seconds),
      ...read('retries', 'health-startup-retries', count(0)),
      ...read('successes', 'health-startup-success', count(0)),
    },
    onFailure: read('on', 'health-on-failure', (_name, word) => readAction(word)).on ?? null,
    log: {
      ...read('destination', 'health-log-destination', (_name, word) => readDestination(word)),
      ...read('count', 'health-max-log-count', (name, word) =>
        readLimit(name, word, mostOfLog.count),
      ),
      ...read('size', 'health-max-log-size', (name, word) => readLimit(name, word, mostOfLog.size)),
    },
  };
}
