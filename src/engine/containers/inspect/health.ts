import type { ContainerHealth } from '../../../container/health.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { Engine } from '../../engine.ts';
import { readHealth } from '../health.ts';

/** State.Health, and podman's older name for it; null where nobody checks. */
export function healthState(engine: Engine, record: ContainerRecord) {
  const health = readHealth(engine.store, record);
  return { Health: health, Healthcheck: health };
}

function nanoseconds(milliseconds: number): number {
  return Math.round(milliseconds * 1e6);
}

/** A container's check as `inspect` shows it under Config, with podman's names and nanoseconds. */
export function healthConfig(
  health: ContainerHealth | null,
  disabled: boolean,
): Record<string, unknown> {
  // Templates may ask for what is not there.
  if (health === null) {
    return {
      Healthcheck: disabled ? { Test: ['NONE'] } : undefined,
      StartupHealthCheck: undefined,
      HealthcheckOnFailureAction: 'none',
    };
  }
  const { startup, startInterval, log } = health;
  return {
    Healthcheck: {
      Test: health.test,
      Interval: nanoseconds(health.interval),
      Timeout: nanoseconds(health.timeout),
      StartPeriod: nanoseconds(health.startPeriod),
      ...(startInterval !== null && { StartInterval: nanoseconds(startInterval) }),
      Retries: health.retries,
    },
    HealthcheckOnFailureAction: health.onFailure,
    HealthLogDestination:
      typeof log.destination === 'object' ? log.destination.directory : log.destination,
    HealthMaxLogCount: log.count,
    HealthMaxLogSize: log.size,
    StartupHealthCheck:
      startup === null
        ? undefined
        : {
            Test: startup.test,
            Interval: nanoseconds(startup.interval),
            Timeout: nanoseconds(startup.timeout),
            Retries: startup.retries,
            Successes: startup.successes,
          },
  };
}
