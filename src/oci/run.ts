import { BryoError } from '../base/errors.ts';
import type { OciHook } from '../plan/spec.ts';
import {
  type CreateRequest,
  checkTerminal,
  launchBundle,
  release,
  requireProcess,
} from './create.ts';
import { runHooksUntilFailure } from './hooks.ts';
import { attachedStreams, streamMonitor } from './launch-input.ts';
import { deleteContainer } from './lifecycle.ts';
import { openNotifyRelay } from './notify.ts';
import { containerDirectory, type RuntimeRecord, type RuntimeRoot } from './state.ts';

export interface RunRequest extends CreateRequest {
  detach: boolean;
  /** Leave the state directory when the container has ended. */
  keep: boolean;
}

/** The rest of a `run`: being the attach client of a container, or nothing. */
export interface RunningContainer {
  client: number | null;
  terminal: boolean;
  /** Properties that are not had exactly as asked. */
  warnings: string[];
  /** Runs the hooks of the end once the container has ended; returns warnings. Null: there are none. */
  afterwards: (() => string[]) | null;
}

/**
 * The hooks that follow a start. One that fails ends the container, which is forgotten (runtime.md,
 * "Lifecycle"). Throws BryoError `hook-failed`.
 */
export function runPoststartHooks(
  root: RuntimeRoot,
  hooks: readonly OciHook[],
  record: RuntimeRecord,
): void {
  const problem = runHooksUntilFailure(hooks, record, 'running');
  if (problem === null) return;
  deleteContainer(root, record.id, true);
  throw new BryoError('hook-failed', problem);
}

/** `run`: create and start in one step; a monitor stays unless the container is detached. */
export async function runContainer(
  root: RuntimeRoot,
  request: RunRequest,
): Promise<RunningContainer> {
  const { id } = request;
  const { record, config, client } = await launchBundle(root, request, (read) => {
    const { terminal } = read.spec.process;
    const handsOver = request.detach || request.consoleSocket !== null;
    requireProcess(read.spec);
    checkTerminal(read, request, handsOver);
    // The hooks of the end read the state.
    const stays = request.keep || read.hooks.poststop.length > 0;
    const monitor = handsOver
      ? streamMonitor(read.consoleSize)
      : streamMonitor(read.consoleSize, attachedStreams(terminal), {
          removePaths: stays ? [] : [containerDirectory(root, id)],
        });
    return {
      monitor,
      handover: handsOver ? { consoleSocket: request.consoleSocket ?? '' } : null,
      attached: !handsOver,
    };
  });
  const relay = await openNotifyRelay(root, record);
  release(root, record);
  request.trace('the process is let go');
  runPoststartHooks(root, config.hooks.poststart, record);
  if (client === null) await relay?.done;
  else relay?.leave();
  const ends = client !== null && !request.keep && config.hooks.poststop.length > 0;
  return {
    client,
    terminal: config.spec.process.terminal,
    warnings: config.warnings,
    afterwards: ends ? () => deleteContainer(root, id, true) : null,
  };
}
