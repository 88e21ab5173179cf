import { closeSync, openSync, writeSync } from 'node:fs';
import { BryoError, errnoCode } from '../../../base/errors.ts';
import type { Platform } from '../../../image/manifest.ts';
import type { CliContext } from '../../context.ts';
import type { BuildStreams } from './plain-progress.ts';

/** Streams of a build, to be closed. */
export interface OpenStreams extends BuildStreams {
  close(): void;
}

function writeAll(fd: number, data: string | Uint8Array): void {
  let rest = typeof data === 'string' ? Buffer.from(data) : data;
  while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
}

/** `--logfile`, with `--logsplit` one for each platform: a new file that takes all words of a build. */
export function logFileStreams(
  path: string,
  platform: Pick<Platform, 'os' | 'architecture'> | null,
): OpenStreams {
  const name = platform === null ? path : `${path}_${platform.os}_${platform.architecture}`;
  let fd: number;
  try {
    fd = openSync(name, 'w', 0o600);
  } catch (cause) {
    throw new BryoError('bad-flag-value', `cannot write ${name} (--logfile): ${errnoCode(cause)}`, {
      cause,
    });
  }
  const write = (data: string | Uint8Array): void => writeAll(fd, data);
  return { out: write, err: write, close: () => closeSync(fd) };
}

/** The command's own streams. */
export function ownStreams({ stdout, stderr }: CliContext): OpenStreams {
  return {
    out: (data) => stdout.write(data),
    err: (data) => stderr.write(data),
    close() {},
  };
}
