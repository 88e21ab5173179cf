import { spawnSync } from 'node:child_process';
import type { OciHook } from '../plan/spec.ts';
import { type RuntimeRecord, type RuntimeStatus, stateObject } from './state.ts';

/** Why hooks of the end of a lifecycle failed; it goes on all the same (runtime.md, "Lifecycle"). */
export function runHooks(
  hooks: readonly OciHook[],
  record: RuntimeRecord,
  status: RuntimeStatus,
): string[] {
  const state = JSON.stringify(stateObject(record, status, record.process?.pid ?? 0));
  return hooks.flatMap(({ path, args, env, timeout }) => {
    const result = spawnSync(path, args.slice(1), {
      argv0: args[0] ?? path,
      env: Object.fromEntries(env.map((word) => word.split(/=(.*)/s).slice(0, 2))),
      input: state,
      stdio: ['pipe', 'inherit', 'inherit'],
      killSignal: 'SIGKILL',
      ...(timeout > 0 && { timeout: timeout * 1000 }),
    });
    if (result.status === 0) return [];
    // A hook that ended without reading the state is no error (EPIPE) of its own.
    const why = result.status === null ? result.error?.message : `status ${result.status}`;
    return [`hook ${path} failed: ${why ?? result.signal}`];
  });
}
