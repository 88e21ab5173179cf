import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { names } from '../contract/names.ts';
import { libexecPath } from '../native/locate.ts';
import type { OciSpec } from '../plan/spec.ts';
import { containerDirectory, type RuntimeRecord, type RuntimeRoot } from './state.ts';

/** The service manager's socket (sd_notify(3)); null: nobody wants to hear. */
function managerAddress(environment: NodeJS.ProcessEnv): string | null {
  const address = environment['NOTIFY_SOCKET'] ?? '';
  return /^[@/]./.test(address) ? address : null;
}

/** Where the container's directory is that holds its socket. */
function notifyDirectory(root: RuntimeRoot, id: string): string {
  return join(containerDirectory(root, id), 'notify');
}

/**
 * Gives a container a socket to tell that it is ready by, where the caller is a service that may: at the path
 * of the manager's lies the directory with it, as with crun.
 */
export function addNotifySocket(
  root: RuntimeRoot,
  id: string,
  spec: OciSpec,
  environment: NodeJS.ProcessEnv = process.env,
): void {
  const address = managerAddress(environment);
  const joined = spec.linux.namespaces.some(({ type, path }) => type === 'mount' && path);
  if (address === null || joined) return;
  const source = notifyDirectory(root, id);
  mkdirSync(source, { mode: 0o711 });
  const destination = address.startsWith('/') ? address : '/run/notify';
  const options = ['bind', 'nosuid', 'noexec', 'nodev', 'ro'];
  spec.mounts.push({ destination, type: 'bind', source, options });
  spec.process.env.push(`NOTIFY_SOCKET=${join(destination, names.notifySocket)}`);
}

/** A process that hears a container and tells the service manager. */
export interface NotifyRelay {
  /** Comes when the container is ready, or has ended. */
  done: Promise<void>;
  /** Lets the relay go on alone. */
  leave(): void;
}

/**
 * Begins to hear the container, whose process waits for its start; null where nobody wants to know of it, or it
 * has been made without a socket.
 */
export async function openNotifyRelay(
  root: RuntimeRoot,
  record: RuntimeRecord,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<NotifyRelay | null> {
  const address = managerAddress(environment);
  const directory = notifyDirectory(root, record.id);
  if (address === null || !existsSync(directory)) return null;
  // Takes a while to load, and most containers are no service.
  const { spawn } = await import('node:child_process');
  const words = ['--directory', directory, '--address', address];
  const relay = spawn(
    libexecPath('bryo-launcher'),
    ['notify', ...words, '--pid', String(record.process?.pid ?? 0)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const done = new Promise<void>((resolve, reject) => {
    relay.on('error', reject);
    relay.on('close', () => resolve());
  });
  // The socket is there, or never will be.
  await Promise.race([new Promise((resolve) => relay.stdout.once('data', resolve)), done]);
  return { done, leave: () => relay.unref() };
}
