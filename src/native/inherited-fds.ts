import { readlinkSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { limits } from '../contract/limits.ts';

/** Descriptors of the caller that a container's process gets under the same numbers, from 3 on. */
export interface InheritedDescriptors {
  fds: readonly number[];
  /** The numbers that they have in the container's process; absent: the same. */
  numbers?: readonly number[];
  /** Variables that tell the process of sockets among them (sd_listen_fds(3)). */
  env: readonly string[];
}

export const noDescriptors: InheritedDescriptors = { fds: [], env: [] };

const most = limits.maxPreservedFds;
const first = 3;

/** Whether a descriptor is the caller's, and none that the JavaScript engine opened for itself. */
function isCallers(fd: number): boolean {
  try {
    return !/^anon_inode:\[(eventpoll|eventfd|io_uring)\]/.test(
      readlinkSync(`/proc/self/fd/${fd}`),
    );
  } catch {
    return false;
  }
}

/** Sockets of a socket-activated service come first, if they are for this process. */
function listenCount(environment: NodeJS.ProcessEnv): number {
  const { LISTEN_FDS: text = '', LISTEN_PID: pid = String(process.pid) } = environment;
  return /^\d{1,3}$/.test(text) && Number(pid) === process.pid ? Number(text) : 0;
}

function count(preserve: number, listening: number): number {
  if (listening + preserve <= most) return listening + preserve;
  throw new BryoError('bad-descriptor', `--preserve-fds: at most ${most} descriptors`);
}

function listenVariables(listening: number, environment: NodeJS.ProcessEnv): string[] {
  if (listening === 0) return [];
  const names = environment['LISTEN_FDNAMES'];
  return [
    `LISTEN_FDS=${listening}`,
    'LISTEN_PID=1',
    ...(names === undefined ? [] : [`LISTEN_FDNAMES=${names}`]),
  ];
}

/** A socket of socket activation under its name (sd_listen_fds_with_names(3)). */
export interface ListeningSocket {
  name: string;
  fd: number;
}

function namedSockets(environment: NodeJS.ProcessEnv): ListeningSocket[] {
  const names = environment['LISTEN_FDNAMES']?.split(':') ?? [];
  return fromFirst(listenCount(environment)).map((fd) => ({
    fd,
    name: names[fd - first] ?? 'unknown',
  }));
}

/** The sockets that this process was started with; none when they are for another. */
export function listeningSockets(environment: NodeJS.ProcessEnv = process.env): ListeningSocket[] {
  return namedSockets(environment).filter(({ fd }) => isCallers(fd));
}

/** The descriptors of a container's process when some of the sockets lead into its network instead. */
export function withoutSockets(
  inherited: InheritedDescriptors,
  taken: readonly number[],
  environment: NodeJS.ProcessEnv = process.env,
): InheritedDescriptors {
  if (taken.length === 0) return inherited;
  const fds = inherited.fds.filter((fd) => !taken.includes(fd));
  const sockets = namedSockets(environment).filter(({ fd }) => !taken.includes(fd));
  const listening = listenCount(environment);
  const names = sockets.map(({ name }) => name).join(':');
  return {
    fds,
    // Sockets are counted from the first number on; what follows them stays behind them.
    numbers: fds.map((fd) => {
      const at = sockets.findIndex((socket) => socket.fd === fd);
      return at < 0 ? fd - listening + sockets.length : first + at;
    }),
    env: listenVariables(sockets.length, { ...environment, LISTEN_FDNAMES: names }),
  };
}

function fromFirst(number: number): number[] {
  return Array.from({ length: number }, (_, index) => first + index);
}

/** The descriptors that the caller wants to hand on: so many from 3 on, or those of these numbers. */
export type Preserved = number | readonly number[];

function checkOpen(fds: readonly number[], flag: string): void {
  const closed = fds.find((fd) => !isCallers(fd));
  if (closed === undefined) return;
  throw new BryoError('bad-descriptor', `file descriptor ${closed} is not open`, {
    hint: `${flag} hands on what the caller has open`,
  });
}

/**
 * The descriptors for --preserve-fds or --preserve-fd, after those of socket activation. Throws BryoError
 * `bad-descriptor` when one of them is not open.
 */
export function inheritDescriptors(
  preserved: Preserved,
  environment: NodeJS.ProcessEnv = process.env,
): InheritedDescriptors {
  const listening = listenCount(environment);
  const env = listenVariables(listening, environment);
  if (typeof preserved === 'number') {
    const fds = fromFirst(count(preserved, listening));
    checkOpen(fds, '--preserve-fds');
    return { fds, env };
  }
  const fds = [...new Set([...fromFirst(listening), ...preserved])];
  count(fds.length - listening, listening);
  checkOpen(fds, '--preserve-fd');
  return { fds, env };
}

/**
 * The descriptors for callers that name more than there are, or have variables of socket activation without its
 * sockets, as engines do with other runtimes: what is not open, and what follows it, is left out.
 */
export function inheritOpenDescriptors(
  preserve: number,
  environment: NodeJS.ProcessEnv = process.env,
): InheritedDescriptors {
  const listening = listenCount(environment);
  const fds = fromFirst(count(preserve, listening));
  const closed = fds.findIndex((fd) => !isCallers(fd));
  return {
    fds: closed < 0 ? fds : fds.slice(0, closed),
    env: listenVariables(listening, environment),
  };
}
