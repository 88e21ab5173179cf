import { spawnSync } from 'node:child_process';
import type { OciHook } from '../plan/spec.ts';
import { type RuntimeRecord, type RuntimeStatus, stateObject } from './state.ts';

function failureOf({ path, args, env, timeout }: OciHook, state: string): string | null {
  const result = spawnSync(path, args.slice(1), {
    argv0: args[0] ?? path,
    env: Object.fromEntries((env ?? []).map((word) => word.split(/=(.*)/s).slice(0, 2))),
    input: state,
    stdio: ['pipe', 'inherit', 'inherit'],
    killSignal: 'SIGKILL',
    ...(timeout > 0 && { timeout: timeout * 1000 }),
  });
  if (result.status === 0) return null;
  if (result.status !== null) return `exit code ${result.status}`;
  // A hook that ended without reading the state is no error (EPIPE) of its own.
  return result.error?.message ?? `signal ${result.signal}`;
}

function stateText(record: RuntimeRecord, status: RuntimeStatus): string {
  return JSON.stringify(stateObject(record, status, record.process?.pid ?? 0));
}

/** Runs hooks up to the first that fails; why that one did, or null. */
export function runHooksUntilFailure(
  hooks: readonly OciHook[],
  record: RuntimeRecord,
  status: RuntimeStatus,
): string | null {
  const state = stateText(record, status);
  for (const hook of hooks) {
    const why = failureOf(hook, state);
    if (why !== null) return `error running ${hook.name}: ${hook.path} failed with ${why}`;
  }
  return null;
}

/**
 * Runs the hooks that follow a container's end, whatever becomes of them; warnings for those that failed
 * (runtime.md, "Lifecycle").
 */
export function runPoststopHooks(hooks: readonly OciHook[], record: RuntimeRecord): string[] {
  const state = stateText(record, 'stopped');
  return hooks.flatMap((hook) => {
    const why = failureOf(hook, state);
    return why === null ? [] : [`poststop hook failed with ${why}: ${hook.path}`];
  });
}
