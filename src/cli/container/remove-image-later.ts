import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import type { ContainerRecord } from '../../container/record.ts';
import { attachDirectory } from '../../engine/containers/attach.ts';
import { libexecPath, ownWords } from '../../native/locate.ts';
import type { Invocation } from '../command.ts';

/**
 * The attach client takes less room than a command that waits. It ends with the container, and at once when that
 * has ended before.
 */
const script = [
  'launcher=$1 sockets=$2 container=$3 image=$4',
  'shift 4',
  '"$launcher" attach --socket-dir "$sockets" --no-stdin --sig-proxy=0',
  '"$@" wait --ignore --condition removed "$container"',
  'exec "$@" rmi "$image"',
].join('\n');

/**
 * `run --detach --rmi`: a shell stays that waits for the container's end, and has its image removed then, unless
 * another container needs it.
 */
export function removeImageLater({ engine }: Invocation['context'], record: ContainerRecord): void {
  if (record.rootfs.kind !== 'image') return;
  const { store } = engine;
  const volumes = store.volumes === undefined ? [] : ['--volumepath', store.volumes];
  const directory = attachDirectory(store, record.id);
  const places = ['--root', store.root, '--runroot', store.runroot, ...volumes];
  const flags = [...places, '--log-level', 'error'];
  const program = [realpathSync('/proc/self/exe'), ...ownWords(), ...flags];
  const { imageName } = record.rootfs;
  const given = [libexecPath('bryo-launcher'), directory, record.id, imageName, ...program];
  const argv = ['-c', script, 'sh', ...given];
  spawn('/bin/sh', argv, { stdio: 'ignore', detached: true, cwd: '/' }).unref();
}
