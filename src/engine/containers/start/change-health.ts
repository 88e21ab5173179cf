import { readFileSync } from 'node:fs';
import type { ContainerRecord } from '../../../container/record.ts';
import type { ContainerState } from '../../../monitor/state.ts';
import { askForRecord } from '../../../monitor/state-file.ts';
import { healthHeaders } from '../../../plan/compile-health.ts';
import { encodeRecords } from '../../../plan/encode.ts';
import { writeFileAtomic } from '../../../store/atomic-file.ts';
import { containerFile } from '../../../store/container-files.ts';
import type { Engine } from '../../engine.ts';
import { readSpecFile } from '../spec-file.ts';
import { healthInput } from './health.ts';
import { seccompInput } from './seccomp.ts';

type Running = Extract<ContainerState, { status: 'running' }>;

/** Of root's own programs those keep no capability. */
function hasNoNewPrivileges(pid: number): boolean {
  try {
    return /^NoNewPrivs:\s*1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

/**
 * Tells the monitor of a container that runs about its new health check (addon/monitor/health_change.h). False: that one
 * cannot probe, for it has given up what it takes, or what was started is not known any more.
 */
export async function tellHealthCheck(
  engine: Engine,
  record: ContainerRecord,
  state: Running,
): Promise<boolean> {
  const { monitorPid, runtimePid } = state;
  if (runtimePid !== undefined) return false;
  if (process.geteuid?.() === 0 && hasNoNewPrivileges(monitorPid)) return false;
  const reading = readSpecFile(engine.store, record.id);
  if (reading.kind !== 'sound') return false;
  const spec = reading.value;
  const seccomp = await seccompInput(engine, record, spec.process);
  const circumstances = { spec, seccomp, ownCgroup: state.cgroup !== null };
  const headers = healthHeaders(healthInput(engine, record, circumstances));
  const path = containerFile(engine.store, record.id, 'healthChange');
  writeFileAtomic(path, encodeRecords(headers), 'volatile');
  return askForRecord(monitorPid);
}
