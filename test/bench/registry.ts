import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';
import { run } from './peer.ts';

/** Debian's docker-registry under measurement. */
export interface BenchRegistry {
  /** 127.0.0.1:PORT */
  address: string;
  stop(): Promise<void>;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const [event] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    once(socket, 'error').then(() => ['error']),
  ]).catch(() => ['error']);
  socket.destroy();
  return event === 'connect';
}

/** Starts a registry that keeps its blobs in the directory. It ends with this process, too. */
export async function startRegistry(directory: string): Promise<BenchRegistry> {
  mkdirSync(directory, { recursive: true });
  const port = await freePort();
  const config = join(directory, 'registry.yml');
  writeFileSync(
    config,
    `version: 0.1\nstorage: {filesystem: {rootdirectory: ${directory}/data}}\nhttp: {addr: 127.0.0.1:${port}}\n`,
  );
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const kill = () => child.kill();
  process.on('exit', kill);
  while (!(await answers(port))) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      process.off('exit', kill);
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

/** Pushes an image of a layout with skopeo. */
export function pushLayout(layout: string, target: string): void {
  run(['skopeo', 'copy', '-q', '--dest-tls-verify=false', `oci:${layout}`, `docker://${target}`]);
}
