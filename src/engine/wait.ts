import { spawn } from 'node:child_process';
import { findRecord } from '../container/records.ts';
import { settledContainerState } from '../monitor/state.ts';
import { addon } from '../native/addon.ts';
import { libexecPath } from '../native/locate.ts';
import { storePaths } from '../store/paths.ts';
import { exitCodeOf } from './describe.ts';
import type { Engine } from './engine.ts';

/** The attach client's status when it has none to report. */
const noStatus = 125;

/** An attach client that shows nothing: the monitor tells it the exit code at the very end. */
function awaitExitMessage(directory: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const client = spawn(
      libexecPath('bryo-launcher'),
      ['attach', '--socket-dir', directory, '--no-stdin', '--sig-proxy=0'],
      { stdio: 'ignore' },
    );
    client.on('error', reject);
    client.on('close', (code) => resolve(code ?? noStatus));
  });
}

/**
 * Waits until a container has ended; resolves with its exit code, -1 when nobody knows it. Works for
 * `--rm` containers, too, whose records go away with them.
 */
export async function waitContainer(engine: Engine, nameOrId: string): Promise<number> {
  const record = findRecord(engine.store, nameOrId);
  const state = await settledContainerState(engine.store, record.id);
  if (state.status !== 'running') return exitCodeOf(state);
  const code = await awaitExitMessage(storePaths.runContainer(engine.store, record.id));
  // 125 may be the container's own; without a socket (a wiped runtime directory) it is not.
  addon().waitProcess(state.monitorPid, -1);
  const after = await settledContainerState(engine.store, record.id);
  return after.status === 'exited' ? after.exitCode : after.status === 'unknown' ? -1 : code;
}
