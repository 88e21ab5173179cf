import { BryoError } from '../base/errors.ts';
import type { HealthAction, HealthLog, StartupCheck } from '../request/health.ts';
import { healthDefaults, noHealthRequest } from '../request/health.ts';
import { type ContainerHealth, testCommand } from './health.ts';

/** The parts of a health check that `update` is to change; times are milliseconds. */
export interface HealthChanges {
  /** The container is to have no checks any more. */
  disabled: boolean;
  regular: Partial<
    Pick<
      ContainerHealth,
      'test' | 'interval' | 'startInterval' | 'startPeriod' | 'timeout' | 'retries'
    >
  >;
  startup: Partial<StartupCheck>;
  onFailure: HealthAction | null;
  log: Partial<HealthLog>;
}

/** Whether anything is to be changed. */
export function changesHealth(changes: HealthChanges): boolean {
  const { disabled, regular, startup, onFailure, log } = changes;
  const asked = [regular, startup, log].some((part) => Object.keys(part).length > 0);
  return disabled || onFailure !== null || asked;
}

function notSet(what: string): BryoError {
  return new BryoError('bad-flag-value', `${what} command is not set`);
}

function changeStartup(
  old: StartupCheck | null,
  changes: Partial<StartupCheck>,
): StartupCheck | null {
  if (Object.keys(changes).length === 0) return old;
  const test = changes.test ?? old?.test;
  if (test === undefined) throw notSet('startup healthcheck');
  const { interval, timeout } = healthDefaults;
  return { interval, timeout, retries: 0, successes: 0, ...old, ...changes, test };
}

/** A check of which nothing but its test is known. */
function usualCheck(test: string[]): ContainerHealth {
  const { interval, timeout, retries } = healthDefaults;
  const { onFailure, startup, log } = noHealthRequest();
  return {
    ...{ test, interval, timeout, retries, startInterval: null, startPeriod: 0 },
    ...{ onFailure, startup, log },
  };
}

/**
 * A container's check with what is to be changed of it; null: there is none any more. Throws
 * BryoError `bad-flag-value` for settings of a check that there is not.
 */
export function changeHealth(
  old: ContainerHealth | null,
  changes: HealthChanges,
): ContainerHealth | null {
  const { regular, startup, onFailure, log } = changes;
  if (changes.disabled) return null;
  const test = regular.test ?? old?.test;
  if (test === undefined) {
    // podman names the one of the two that the settings are about.
    const onlyStartup = Object.keys(startup).length > 0 && Object.keys(regular).length === 0;
    throw notSet(onlyStartup ? 'startup healthcheck' : 'healthcheck');
  }
  if (testCommand(test) === null) return null;
  const health = old ?? usualCheck(test);
  return {
    ...health,
    ...regular,
    test,
    startup: changeStartup(health.startup, startup),
    onFailure: onFailure ?? health.onFailure,
    log: { ...health.log, ...log },
  };
}
