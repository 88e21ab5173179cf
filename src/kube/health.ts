import type { HealthRequest } from '../request/health.ts';
import { noHealthRequest } from '../request/health.ts';
import type { KubeContainer, Probe } from './container-spec.ts';

/** Kubernetes' usual values, in seconds and times; smaller ones than 1 count as these. */
const usual = { period: 10, timeout: 1, failures: 3 };

function atLeastOne(value: number | null, otherwise: number): number {
  return value === null || value < 1 ? otherwise : value;
}

/** A word of a line for the shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The check as an image would have it: what asks for pages and ports are programs of the container (podman-kube-play(1)). */
function testOf({ action }: Probe): string[] {
  switch (action.kind) {
    case 'exec':
      return ['CMD', ...action.command];
    case 'http': {
      const { scheme, host, port, path } = action;
      const url = `${scheme.toLowerCase()}://${host}:${port}${path}`;
      return ['CMD-SHELL', `curl -f ${quoted(url)} || exit 1`];
    }
    case 'tcp':
      return ['CMD-SHELL', `nc -z -v ${quoted(action.host)} ${action.port} || exit 1`];
  }
}

function timesOf(probe: Probe): { interval: number; timeout: number; retries: number } {
  return {
    interval: atLeastOne(probe.period, usual.period) * 1000,
    timeout: atLeastOne(probe.timeout, usual.timeout) * 1000,
    retries: atLeastOne(probe.failures, usual.failures),
  };
}

/** The health check of a container: its liveness probe, once its startup probe has succeeded. */
export function healthOf({ liveness, startup }: KubeContainer, restarts: boolean): HealthRequest {
  const request = noHealthRequest();
  const first = liveness ?? startup;
  if (first === null) return request;
  return {
    ...request,
    ...timesOf(first),
    test: liveness === null ? ['CMD-SHELL', 'exit 0'] : testOf(liveness),
    startPeriod: (first.initialDelay ?? 0) * 1000,
    onFailure: restarts ? 'restart' : 'none',
    startup:
      startup === null
        ? null
        : { test: testOf(startup), ...timesOf(startup), successes: startup.successes ?? 0 },
  };
}
