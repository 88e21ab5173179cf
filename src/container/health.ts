import { BryoError } from '../base/errors.ts';
import type { HealthAction, HealthLog, HealthRequest, StartupCheck } from '../request/health.ts';
import { healthDefaults } from '../request/health.ts';

/** A container's health check, everything decided. Times are milliseconds. */
export interface ContainerHealth {
  test: string[];
  interval: number;
  startInterval: number | null;
  startPeriod: number;
  timeout: number;
  retries: number;
  onFailure: HealthAction;
  startup: StartupCheck | null;
  log: HealthLog;
}

/** An image's check. Times are nanoseconds; 0 is "as usual". */
export interface ImageHealth {
  test: readonly string[];
  interval: number;
  startInterval: number;
  startPeriod: number;
  timeout: number;
  retries: number;
}

/** The words to execute for a test; null: it tests nothing. */
export function testCommand(test: readonly string[]): string[] | null {
  const [kind = '', ...words] = test;
  switch (kind.toUpperCase()) {
    case 'CMD':
      return words.length > 0 ? words : null;
    case 'CMD-SHELL':
      return words.length > 0 ? ['/bin/sh', '-c', words.join(' ')] : null;
    default:
      return null;
  }
}

/**
 * Least milliseconds between two checks, and for one, that an image may ask for: its checks cost the
 * caller's processor and events. podman's timers are as accurate, and its flags want as much time.
 */
const leastOfImage = 1000;

function fromImage(nanoseconds: number | undefined, least = leastOfImage): number | null {
  if (nanoseconds === undefined || nanoseconds <= 0) return null;
  return Math.max(nanoseconds / 1e6, least);
}

/**
 * Puts the flags and the image's HEALTHCHECK together; null: there is no check. Throws BryoError
 * `bad-flag-value` for flags that make no sense without one.
 */
export function decideHealth(
  request: HealthRequest,
  image: ImageHealth | null,
): ContainerHealth | null {
  const test = request.disabled ? [] : [...(request.test ?? image?.test ?? [])];
  if (testCommand(test) === null) {
    if (request.onFailure !== 'none') {
      throw new BryoError(
        'bad-flag-value',
        `cannot set on-failure action to ${request.onFailure} without a health check`,
      );
    }
    if (request.startup !== null) {
      throw new BryoError('bad-flag-value', '--health-startup-cmd needs a health check', {
        hint: 'give one with --health-cmd',
      });
    }
    return null;
  }
  const inherited = request.test === null ? image : null;
  return {
    test,
    interval: request.interval ?? fromImage(inherited?.interval) ?? healthDefaults.interval,
    startInterval: request.startInterval ?? fromImage(inherited?.startInterval),
    startPeriod: request.startPeriod ?? fromImage(inherited?.startPeriod, 0) ?? 0,
    timeout: request.timeout ?? fromImage(inherited?.timeout) ?? healthDefaults.timeout,
    retries: request.retries ?? (inherited?.retries || healthDefaults.retries),
    onFailure: request.onFailure,
    startup: request.startup,
    log: request.log,
  };
}

const invalidReadiness =
  'invalid argument: sdnotify policy "healthy" requires a healthcheck to be set';

/** Throws BryoError `no-healthcheck` when readiness is to wait for checks that there are not. */
export function checkReadiness(
  { sdnotify }: { sdnotify: string },
  health: ContainerHealth | null,
): void {
  if (sdnotify !== 'healthy' || health !== null) return;
  throw new BryoError('no-healthcheck', invalidReadiness);
}
