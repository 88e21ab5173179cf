import { existsSync, rmSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ContainerRecord } from '../../../container/record.ts';
import { runProgram } from '../../../native/run.ts';
import { runFile } from '../../../store/container-files.ts';
import type { Store } from '../../../store/paths.ts';

/** Where the messages of a runtime are: with `--rm` not in what the monitor removes, for they are read then. */
export function logFile(store: Store, { id, options }: ContainerRecord): string {
  const inside = runFile(store, id, 'foreignLog');
  return options.remove ? `${dirname(dirname(inside))}.log` : inside;
}

/** The words before the verb: its own state, and no control group of its own, for the monitor has made one. */
export function runtimeWords(store: Store, record: ContainerRecord): string[] {
  const program = record.options.runtime ?? '';
  const root = runFile(store, record.id, 'foreignState');
  const managed = basename(program).startsWith('crun') ? ['--cgroup-manager=disabled'] : [];
  return [program, ...(record.options.runtimeCall?.flags ?? []), ...managed, '--root', root];
}

/** All of the environment that a runtime needs. */
export function runtimeEnvironment(): string[] {
  return ['PATH', 'HOME', 'XDG_RUNTIME_DIR'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [`${name}=${value}`];
  });
}

/** Has a runtime end and forget what is left of a container whose monitor was killed. */
export function endForeign(store: Store, record: ContainerRecord): void {
  const state = runFile(store, record.id, 'foreignState');
  if (!existsSync(state)) return;
  const argv = [...runtimeWords(store, record), 'delete', '--force', record.id];
  runProgram({ path: argv[0] ?? '', argv });
  rmSync(state, { recursive: true, force: true });
}
