import { readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { BryoError, errnoCode, exitCodes } from '../../../base/errors.ts';
import type { ContainerRecord } from '../../../container/record.ts';
import { settledContainerState } from '../../../monitor/state.ts';
import type { Engine } from '../../engine.ts';
import { logFile } from './runtime.ts';

/** The last error that a runtime has written; null: none. */
function lastError(log: string): string | null {
  let text: string;
  try {
    text = readFileSync(log, 'utf8');
  } catch (error) {
    if (errnoCode(error) === 'ENOENT') return null;
    throw error;
  }
  const messages = text.split('\n').flatMap((line) => {
    const [, message] =
      /"level":\s*"error".*?"msg":\s*("(?:[^"\\]|\\.)*")/.exec(line) ??
      /"msg":\s*("(?:[^"\\]|\\.)*").*"level":\s*"error"/.exec(line) ??
      [];
    return message === undefined ? [] : [String(JSON.parse(message))];
  });
  return messages.at(-1) ?? null;
}

function statusOf(message: string): number {
  if (/not found|no such file or directory/i.test(message)) return exitCodes.notFound;
  return /permission denied|is a directory/i.test(message)
    ? exitCodes.notExecutable
    : exitCodes.engine;
}

/**
 * Waits until another OCI runtime has made the container, or has failed. Throws BryoError `runtime-failed` with the
 * runtime's message and podman's exit status.
 */
export async function awaitForeign({ store }: Engine, record: ContainerRecord): Promise<void> {
  const state = await settledContainerState(store, record.id);
  const log = logFile(store, record);
  const message = 'pid' in state ? null : lastError(log);
  if (record.options.remove) rmSync(log, { force: true });
  if (message === null) return;
  const text = `${basename(record.options.runtime ?? '')}: ${message}`;
  throw new BryoError('runtime-failed', text, { exitCode: statusOf(message) });
}
