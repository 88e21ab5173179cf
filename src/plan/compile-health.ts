import type { EnumWord } from '../contract/enums.ts';
import type { HealthInput, NotifyInput, ProbeInput } from './launch-input.ts';
import type { PlanHeader } from './ops.ts';

/** Ten years: the monitor's clock counts nanoseconds in 63 bits. */
const longest = 10 * 365 * 86_400_000;

function milliseconds(value: number): bigint {
  return BigInt(Math.round(Math.min(value, longest)));
}

/** A time that is given is never rounded to none. */
function interval(value: number): bigint {
  return BigInt(Math.ceil(Math.min(value, longest)));
}

function probeHeader(kind: EnumWord<'probeKind'>, probe: ProbeInput): PlanHeader {
  return {
    op: 'probe',
    kind,
    plan: probe.plan,
    intervalMs: interval(probe.interval),
    startIntervalMs: interval(probe.startInterval),
    timeoutMs: milliseconds(probe.timeout),
    failures: probe.failures,
    successes: probe.successes,
  };
}

/** The records of a container's health check. */
export function healthHeaders(health: HealthInput | null): PlanHeader[] {
  if (health === null) return [];
  const { startPeriod, stopTimeout, regular, startup, ...rest } = health;
  return [
    {
      op: 'health',
      ...rest,
      logSize: BigInt(rest.logSize),
      startPeriodMs: milliseconds(startPeriod),
      stopTimeoutMs: milliseconds(stopTimeout),
    },
    probeHeader('regular', regular),
    ...(startup === null ? [] : [probeHeader('startup', startup)]),
  ];
}

/** The record of whom the monitor tells that the payload is ready. */
export function notifyHeaders(notify: NotifyInput | null): PlanHeader[] {
  if (notify === null) return [];
  const { address, when, watchdog } = notify;
  return [{ op: 'notify', address, when, watchdogMs: BigInt(watchdog) }];
}
