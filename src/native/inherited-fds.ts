import { readlinkSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { limits } from '../contract/limits.ts';

/** Descriptors of the caller that a container's process gets, in order, from 3 on. */
export interface InheritedDescriptors {
  fds: readonly number[];
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

/**
 * The descriptors for --preserve-fds `preserve`, after those of socket activation. Throws BryoError
 * `bad-descriptor` when one of them is not open.
 */
export function inheritDescriptors(
  preserve: number,
  environment: NodeJS.ProcessEnv = process.env,
): InheritedDescriptors {
  const listening = listenCount(environment);
  const count = listening + preserve;
  if (count > most) {
    throw new BryoError('bad-descriptor', `--preserve-fds: at most ${most} descriptors`);
  }
  const fds = Array.from({ length: count }, (_, index) => first + index);
  const closed = fds.find((fd) => !isCallers(fd));
  if (closed !== undefined) {
    throw new BryoError('bad-descriptor', `file descriptor ${closed} is not open`, {
      hint: '--preserve-fds N hands on the descriptors 3 to N+2',
    });
  }
  const names = environment['LISTEN_FDNAMES'];
  const env =
    listening === 0
      ? []
      : [
          `LISTEN_FDS=${listening}`,
          'LISTEN_PID=1',
          ...(names === undefined ? [] : [`LISTEN_FDNAMES=${names}`]),
        ];
  return { fds, env };
}
