import { errnoCode } from '../../base/errors.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { runProgram } from '../../native/run.ts';
import type { Engine } from '../engine.ts';
import { runtimeWords } from './foreign/runtime.ts';

/** Sends a signal to a process; one that has just ended is fine. */
export function sendSignal({ pid }: { pid: number }, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoCode(error) !== 'ESRCH') throw error;
  }
}

/** Sends a signal to a container's first process, by way of the runtime that runs it. */
export function signalContainer(
  engine: Engine,
  record: ContainerRecord,
  state: { pid: number; runtimePid?: number },
  signal: number,
): void {
  if (state.runtimePid !== undefined) {
    const argv = [...runtimeWords(engine.store, record), 'kill', record.id, String(signal)];
    const { exitCode, stderr } = runProgram({ path: argv[0] ?? '', argv });
    if (exitCode === 0) return;
    engine.log('debug', `${argv.join(' ')}: status ${exitCode}, ${stderr.trim()}`);
  }
  sendSignal(state, signal);
}
