import { BryoError } from '../base/errors.ts';
import { isOwn, type NamespaceRequest } from './namespaces.ts';

const ipcKeys = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/**
 * Refuses a sysctl that is not the container's own: only those of its network and IPC namespaces
 * may be set, and only when it has such a namespace (podman-run(1), --sysctl).
 */
export function checkSysctl(
  key: string,
  value: string,
  own: { network: boolean; ipc: NamespaceRequest },
): void {
  const flag = `--sysctl ${key}=${value}`;
  if (!/^[a-z0-9_]+([./][a-zA-Z0-9_-]+)+$/.test(key) || /[\n\0]/.test(value)) {
    throw new BryoError('bad-sysctl', `${JSON.stringify(flag)}: malformed`);
  }
  const dotted = key.replaceAll('/', '.');
  if (dotted.startsWith('net.')) {
    if (own.network) return;
    throw new BryoError('bad-sysctl', `${flag}: the container shares a network namespace`);
  }
  if (ipcKeys.has(dotted) || dotted.startsWith('fs.mqueue.')) {
    if (isOwn(own.ipc)) return;
    throw new BryoError('bad-sysctl', `${flag}: the container shares an IPC namespace`);
  }
  throw new BryoError('bad-sysctl', `${flag}: this sysctl is not namespaced`);
}
