import { writeFileSync } from 'node:fs';
import { foreignJson, foreignProcess } from '../../../container/foreign/config.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import type { ExecTarget } from '../../../plan/compile-exec.ts';
import { compileForeignExec } from '../../../plan/compile-foreign.ts';
import type { CgroupInput, EventsInput } from '../../../plan/launch-input.ts';
import type { MonitorInput } from '../../../plan/monitor-input.ts';
import type { LaunchPlan } from '../../../plan/ops.ts';
import type { OciProcess } from '../../../plan/spec.ts';
import { sessionFile } from '../../../store/container-files.ts';
import type { Engine } from '../../engine.ts';
import type { ExecSession } from '../exec-sessions.ts';
import { foreignParts } from './plan.ts';
import { runtimeEnvironment, runtimeWords } from './runtime.ts';

/** The plan of a session in a container that another OCI runtime runs: `target` is that runtime's process. */
export async function foreignExecPlan(
  engine: Engine,
  record: ContainerRecord,
  {
    process,
    session,
    target,
    ...input
  }: {
    process: OciProcess;
    session: ExecSession;
    target: ExecTarget;
    monitor: MonitorInput;
    events: EventsInput | null;
    cgroup: CgroupInput | null;
  },
): Promise<LaunchPlan> {
  const path = sessionFile(session.directory, 'process');
  const parts = await foreignParts(engine, record, process);
  writeFileSync(path, foreignJson(foreignProcess(process, parts)), { mode: 0o600 });
  const argv = [...runtimeWords(engine.store, record), 'exec', '--process', path, record.id];
  const call = { argv, env: runtimeEnvironment() };
  return compileForeignExec(call, target, { ...input, terminal: process.terminal });
}
