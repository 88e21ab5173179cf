import { configFlag } from '../../../config/config.ts';
import { type ContainerHealth, testCommand } from '../../../container/health.ts';
import { landlockScopes } from '../../../container/landlock.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { compileExecPlan } from '../../../plan/compile-exec.ts';
import { encodePlan } from '../../../plan/encode.ts';
import type { HealthInput, SeccompInput } from '../../../plan/launch-input.ts';
import { bareMonitor } from '../../../plan/monitor-input.ts';
import type { OciProcess, OciSpec } from '../../../plan/spec.ts';
import type { Engine } from '../../engine.ts';
import { healthFiles } from '../health.ts';

interface ProbeCircumstances {
  spec: OciSpec;
  seccomp: SeccompInput | null;
  ownCgroup: boolean;
}

/** Variables that are about the container's first process and nobody else. */
const ofFirstProcess = /^(LISTEN_FDS|LISTEN_PID|LISTEN_FDNAMES|NOTIFY_SOCKET|WATCHDOG_USEC)=/;

function probeProcess(main: OciProcess, args: string[]): OciProcess {
  return {
    ...main,
    terminal: false,
    args,
    env: main.env.filter((word) => !ofFirstProcess.test(word)),
  };
}

/** The plan of a test's exec session; which process it joins the monitor says each time. */
function probePlan(
  record: ContainerRecord,
  test: readonly string[],
  timeout: number,
  { spec, seccomp, ownCgroup }: ProbeCircumstances,
): Uint8Array {
  const { options } = record;
  const plan = compileExecPlan(
    probeProcess(spec.process, testCommand(test) ?? []),
    { pid: 0, startTicks: 0n, namespaces: [] },
    {
      process: {
        seccomp,
        umask: options.umask,
        landlockScopes: landlockScopes(options.security),
      },
      cgroup: ownCgroup ? { remove: false } : null,
      monitor: bareMonitor({ ending: { timeoutMs: timeout } }),
    },
  );
  return encodePlan(plan);
}

/** The monitor's part of a health check; null: there is none. */
export function healthInput(
  engine: Engine,
  record: ContainerRecord,
  circumstances: ProbeCircumstances,
): HealthInput | null {
  const health: ContainerHealth | null = record.health;
  if (health === null) return null;
  const { startup, log } = health;
  const { recordPath, logPath } = healthFiles(engine.store, record.id, log);
  return {
    recordPath,
    logPath: logPath === recordPath ? '' : logPath,
    logCount: log.count,
    logSize: log.size,
    eventLog: log.destination === 'events_logger',
    quiet: configFlag(engine.config, 'engine.healthcheck_events') === false,
    startPeriod: health.startPeriod,
    onFailure: health.onFailure,
    stopSignal: record.stopSignal,
    stopTimeout: record.options.stopTimeout * 1000,
    regular: {
      plan: probePlan(record, health.test, health.timeout, circumstances),
      interval: health.interval,
      startInterval: health.startInterval ?? 0,
      timeout: health.timeout,
      failures: health.retries,
      successes: 1,
    },
    startup:
      startup === null
        ? null
        : {
            plan: probePlan(record, startup.test, startup.timeout, circumstances),
            interval: startup.interval,
            startInterval: 0,
            timeout: startup.timeout,
            failures: startup.retries,
            successes: startup.successes,
          },
  };
}
