import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDuration } from '../../../base/duration.ts';
import { BryoError } from '../../../base/errors.ts';
import {
  type HealthAction,
  type HealthLog,
  type HealthRequest,
  healthDefaults,
  noHealthRequest,
  readTest,
  type StartupCheck,
} from '../../../request/health.ts';
import { badValue, readNumber } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Limits of what is kept of a check where the user sets none: results, and bytes of each. */
export const mostOfLog = { count: 100, size: 65_536 } as const;

export const healthOptions: readonly OptionSpec[] = [
  {
    name: 'health-cmd',
    value: 'COMMAND',
    help: 'run this in the container to learn whether it is well: a line for its shell, or a JSON array of words; none: nothing, whatever the image says',
  },
  {
    name: 'health-interval',
    value: 'DURATION',
    default: '30s',
    help: 'time between two checks; disable: only when asked (healthcheck run)',
  },
  {
    name: 'health-start-interval',
    value: 'DURATION',
    help: 'time between two checks until the first success; otherwise as later',
  },
  {
    name: 'health-start-period',
    value: 'DURATION',
    default: '0s',
    help: 'failures this early do not count',
  },
  {
    name: 'health-timeout',
    value: 'DURATION',
    default: '30s',
    help: 'a check that takes longer is killed, and has failed',
  },
  {
    name: 'health-retries',
    value: 'NUMBER',
    default: '3',
    help: 'failures in a row that make the container unhealthy',
  },
  {
    name: 'health-on-failure',
    value: 'ACTION',
    default: 'none',
    choices: ['none', 'kill', 'restart', 'stop'],
    help: 'what happens to an unhealthy container: none, kill, restart or stop',
  },
  {
    name: 'health-startup-cmd',
    value: 'COMMAND',
    help: 'a check that has to succeed before the other one begins',
  },
  {
    name: 'health-startup-interval',
    value: 'DURATION',
    default: '30s',
    help: 'time between two start-up checks',
  },
  {
    name: 'health-startup-timeout',
    value: 'DURATION',
    default: '30s',
    help: 'a start-up check that takes longer is killed, and has failed',
  },
  {
    name: 'health-startup-retries',
    value: 'NUMBER',
    default: '0',
    help: 'failed start-up checks after which the container is restarted; 0: never',
  },
  {
    name: 'health-startup-success',
    value: 'NUMBER',
    default: '0',
    help: 'start-up checks that have to succeed; 0: one',
  },
  { name: 'no-healthcheck', help: 'make no health checks, whatever the image says' },
  {
    name: 'health-log-destination',
    value: 'WHERE',
    default: 'local',
    help: 'where results are kept: local, a directory, or events_logger (with the events)',
  },
  {
    name: 'health-max-log-count',
    value: 'NUMBER',
    default: '5',
    help: `results that are kept; 0: ${mostOfLog.count}, the most there can be`,
  },
  {
    name: 'health-max-log-size',
    value: 'BYTES',
    default: '500',
    help: `output that is kept of each result; 0: ${mostOfLog.size}, the most there can be`,
  },
];

export function readTime(flag: string, text: string, least: number): number {
  const milliseconds = parseDuration(text);
  if (milliseconds < least) throw badValue(flag, text, `at least ${least / 1000}s is needed`);
  return milliseconds;
}

export function readInterval(flag: string, text: string): number {
  return text === 'disable' ? 0 : readTime(flag, text, 0);
}

export function readAction(text: string): HealthAction {
  switch (text) {
    case 'none':
    case 'kill':
    case 'restart':
    case 'stop':
      return text;
    default:
      throw badValue('--health-on-failure', text, 'none, kill, restart or stop is needed');
  }
}

export function readDestination(text: string): HealthLog['destination'] {
  if (text === 'local' || text === 'events_logger') return text;
  const directory = resolve(text);
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw badValue('--health-log-destination', text, 'there is no such directory');
  }
  return { directory };
}

export function readLimit(flag: string, text: string, limit: number): number {
  const value = readNumber(flag, text, 0);
  if (value > limit) throw badValue(flag, text, `at most ${limit}`);
  return value === 0 ? limit : value;
}

function readStartup({ text }: Invocation): StartupCheck | null {
  const command = text('health-startup-cmd');
  const names = ['interval', 'timeout', 'retries', 'success'].map((n) => `health-startup-${n}`);
  if (command === null) {
    const lone = names.find((name) => text(name) !== null);
    if (lone === undefined) return null;
    throw new BryoError('bad-flag-value', `--${lone} needs --health-startup-cmd`);
  }
  const interval = readInterval(
    '--health-startup-interval',
    text('health-startup-interval') ?? '30s',
  );
  return {
    test: readTest('--health-startup-cmd', command),
    interval: interval === 0 ? healthDefaults.interval : interval,
    timeout: readTime('--health-startup-timeout', text('health-startup-timeout') ?? '30s', 1000),
    retries: readNumber('--health-startup-retries', text('health-startup-retries') ?? '0', 0),
    successes: readNumber('--health-startup-success', text('health-startup-success') ?? '0', 0),
  };
}

/** The health flags. */
export function readHealth(invocation: Invocation): HealthRequest {
  const { text, flag } = invocation;
  const disabled = flag('no-healthcheck');
  const command = text('health-cmd') || null;
  if (disabled && command !== null) {
    throw new BryoError('bad-flag-value', '--no-healthcheck and --health-cmd exclude each other');
  }
  const read = <T>(name: string, reader: (flag: string, text: string) => T): T | null => {
    const value = text(name);
    return value === null ? null : reader(`--${name}`, value);
  };
  return {
    ...noHealthRequest(),
    disabled,
    test: command === null ? null : readTest('--health-cmd', command),
    interval: read('health-interval', readInterval),
    startInterval: read('health-start-interval', (name, value) => readTime(name, value, 1)),
    startPeriod: read('health-start-period', (name, value) => readTime(name, value, 0)),
    timeout: read('health-timeout', (name, value) => readTime(name, value, 1000)),
    retries: read('health-retries', (name, value) => readNumber(name, value, 1)),
    onFailure: readAction(text('health-on-failure') ?? 'none'),
    startup: readStartup(invocation),
    log: {
      destination: readDestination(text('health-log-destination') ?? 'local'),
      count: readLimit(
        '--health-max-log-count',
        text('health-max-log-count') ?? '5',
        mostOfLog.count,
      ),
      size: readLimit(
        '--health-max-log-size',
        text('health-max-log-size') ?? '500',
        mostOfLog.size,
      ),
    },
  };
}
