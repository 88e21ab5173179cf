import { readNamespace } from '../../request/namespaces.ts';
import type { OptionSpec } from '../command.ts';

/** Flags of `run` and `create` about namespaces of processes, IPC and names. */
export const namespaceOptions: readonly OptionSpec[] = [
  {
    name: 'pid',
    value: 'MODE',
    default: 'private',
    choices: ['private', 'host'],
    help: 'process ids: private, host, container:NAME or ns:PATH',
  },
  {
    name: 'ipc',
    value: 'MODE',
    default: 'shareable',
    choices: ['shareable', 'private', 'none', 'host'],
    help: 'System V IPC, message queues and /dev/shm: shareable, private (/dev/shm is not for others), none (there is no /dev/shm), host, container:NAME or ns:PATH',
  },
  {
    name: 'uts',
    value: 'MODE',
    default: 'private',
    choices: ['private', 'host'],
    help: 'host name: private, host, container:NAME or ns:PATH',
  },
  {
    name: 'cgroupns',
    value: 'MODE',
    default: 'private',
    choices: ['private', 'host'],
    help: 'view of control groups: private, host, container:NAME or ns:PATH',
  },
];

/** The namespaces that the flags above ask for. */
export function readNamespaces(text: (name: string) => string | null) {
  return {
    pid: readNamespace('--pid', text('pid'), ['private']),
    ipc: readNamespace('--ipc', text('ipc'), ['shareable', 'private', 'none']),
    uts: readNamespace('--uts', text('uts'), ['private']),
    cgroupns: readNamespace('--cgroupns', text('cgroupns'), ['private']),
  };
}
