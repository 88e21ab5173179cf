import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { RestartRequest } from '../../../request/lifecycle.ts';
import { writeFileAtomic } from '../../../store/atomic-file.ts';
import { containerFile } from '../../../store/container-files.ts';
import type { Store } from '../../../store/paths.ts';

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
const signs = ['stopped', 'kept', 'restartPolicy', 'changedNetworks', 'healthChange'] as const;

/** `stopped`: the container's end is meant; `kept`: a `--rm` container stays, for it is being restarted. */
export function leaveSign(store: Store, id: string, sign: 'stopped' | 'kept'): void {
  writeFileSync(containerFile(store, id, sign), '');
}

/** Whether somebody has stopped it since its last start. */
export function isStoppedOnPurpose(store: Store, id: string): boolean {
  return existsSync(containerFile(store, id, 'stopped'));
}

/** Makes another restart policy known to the monitor of a container that runs. */
export function tellRestartPolicy(store: Store, id: string, restart: RestartRequest): void {
  const text = `${restartWhen[restart.policy]} ${restart.max}\n`;
  writeFileAtomic(containerFile(store, id, 'restartPolicy'), text, 'volatile');
}

/** Before a start. */
export function clearSigns(store: Store, id: string): void {
  for (const sign of signs) {
    rmSync(containerFile(store, id, sign), { recursive: true, force: true });
  }
}
