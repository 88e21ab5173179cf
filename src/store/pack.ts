import { spawn } from 'node:child_process';
import { BryoError } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { libexecPath } from '../native/locate.ts';
import { usernsArgv } from '../native/userns.ts';
import { whenEnded, workerMessage } from './worker.ts';

/** Times that a layer's entries get, in seconds since 1970; null: their own. */
export interface PackTimes {
  /** The time of all entries. */
  all: number | null;
  /** The latest that there is: those after it become it. */
  newest: number | null;
}

/** A layer that was written down. */
export interface PackedLayer {
  diffId: string;
  /** Bytes of the plain tar. */
  tarSize: number;
  /** Of what was written: the same of a layer that is plain. */
  digest: string;
  size: number;
  /** Bytes of the files in it. */
  bytes: number;
  /** Things in the tree that the layer does not hold: sockets, device nodes, names of whiteouts. */
  skipped: number;
}

/** Times of a layer that stay. */
export const ownTimes: PackTimes = { all: null, newest: null };

/** The place that a layer is written to, and how; `dry`: only its digest is made. */
export type PackTarget = 'dry' | { fd: number; form: 'plain' | 'gzip' };

/** Writes a tree as a layer into a file. The same tree gives the same bytes. Errors: `storage-failed`. */
export async function packInto(
  path: string,
  target: PackTarget,
  times: PackTimes,
  idMap: IdMap,
): Promise<PackedLayer> {
  const owner = idMap.kind === 'single' ? 'self' : 'keep';
  const words = ['--owner', owner, '--report'];
  if (target === 'dry') words.push('--dry');
  else if (target.form === 'plain') words.push('--plain');
  if (times.all !== null) words.push('--time', String(times.all));
  if (times.newest !== null) words.push('--newest', String(times.newest));
  const argv = usernsArgv(idMap, [libexecPath('bryo-worker'), 'pack', ...words, path]);
  const output = target === 'dry' ? 'ignore' : target.fd;
  const child = spawn(libexecPath('bryo-launcher'), argv, { stdio: ['ignore', output, 'pipe'] });
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages += text;
  });
  if ((await whenEnded(child)) !== 0) {
    throw new BryoError('storage-failed', workerMessage(messages));
  }
  const [, report = ''] = /^packed (.*)$/m.exec(messages) ?? [];
  return JSON.parse(report) as PackedLayer;
}
