import { resolve } from 'node:path';
import type { ContainerOptions } from '../../../request/container.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

/** Flags of `run` and `create` about files with process ids. */
export const pidFileOptions: readonly OptionSpec[] = [
  {
    name: 'pidfile',
    value: 'FILE',
    help: "write the pid of the container's first process to a file at each start",
  },
  {
    name: 'conmon-pidfile',
    value: 'FILE',
    help: "write the pid of the container's monitor to a file at each start",
  },
];

/** Where a flag says that a process id is written; null: nowhere. */
export function readPidFile({ text }: Invocation, name: string): string | null {
  const path = text(name);
  return path === null || path === '' ? null : resolve(path);
}

/** Where process ids are written. */
export function readPidFiles(
  invocation: Invocation,
): Pick<ContainerOptions, 'pidFile' | 'monitorPidFile'> {
  return {
    pidFile: readPidFile(invocation, 'pidfile'),
    monitorPidFile: readPidFile(invocation, 'conmon-pidfile'),
  };
}
