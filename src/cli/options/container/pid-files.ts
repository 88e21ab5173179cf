import { resolve } from 'node:path';
import type { ContainerOptions } from '../../../container/options.ts';
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

/** Where process ids are written; null: nowhere. */
export function readPidFiles({
  text,
}: Invocation): Pick<ContainerOptions, 'pidFile' | 'monitorPidFile'> {
  const path = (name: string): string | null => {
    const value = text(name);
    return value === null || value === '' ? null : resolve(value);
  };
  return { pidFile: path('pidfile'), monitorPidFile: path('conmon-pidfile') };
}
