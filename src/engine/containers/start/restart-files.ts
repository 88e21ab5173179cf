import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RestartRequest } from '../../../request/lifecycle.ts';
import { writeFileAtomic } from '../../../store/atomic-file.ts';
import { type Store, storePaths } from '../../../store/paths.ts';

/** When a monitor starts its container again, in its own words. */
export const restartWhen = {
  no: 'never',
  'on-failure': 'failure',
  always: 'always',
  'unless-stopped': 'always',
} as const;

/**
 * The files by which commands tell a container's monitor something (addon/monitor/restart.cc): it
 * looks for them when the container has ended. A start takes them away.
 */
const signs = {
  /** Its end is meant. */
  stopped: 'stopped',
  /** It is being restarted: a `--rm` container stays. */
  kept: 'kept',
  /** The policy that holds instead of the one it was started with. */
  restart: 'restart',
} as const;

function signPath(store: Store, id: string, sign: keyof typeof signs): string {
  return join(storePaths.container(store, id), signs[sign]);
}

export function leaveSign(store: Store, id: string, sign: 'stopped' | 'kept'): void {
  writeFileSync(signPath(store, id, sign), '');
}

/** Whether somebody has stopped it since its last start. */
export function isStoppedOnPurpose(store: Store, id: string): boolean {
  return existsSync(signPath(store, id, 'stopped'));
}

/** Makes another restart policy known to the monitor of a container that runs. */
export function tellRestartPolicy(store: Store, id: string, restart: RestartRequest): void {
  const text = `${restartWhen[restart.policy]} ${restart.max}\n`;
  writeFileAtomic(signPath(store, id, 'restart'), text, 'volatile');
}

/** Before a start. */
export function clearSigns(store: Store, id: string): void {
  for (const sign of ['stopped', 'kept', 'restart'] as const) {
    rmSync(signPath(store, id, sign), { recursive: true, force: true });
  }
}
