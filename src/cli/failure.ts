import { BryoError, errnoCode } from '../base/errors.ts';
import { withoutControls } from '../base/text.ts';
import { dockerFailure } from '../view/docker/failure.ts';
import type { Dialect } from './dialect.ts';

/** Control characters of untrusted text must not reach the terminal, and an error is one line. */
function oneLine(text: string): string {
  return withoutControls(text.replace(/\s*\n\s*/g, ' ')).trim();
}

interface SystemError extends Error {
  path?: string;
  syscall?: string;
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EBADF: 'it is closed',
  EDQUOT: 'disk quota exceeded',
  EEXIST: 'file exists',
  EFBIG: "file too large (see 'ulimit -f')",
  EIO: 'input/output error',
  EISDIR: 'is a directory',
  ELOOP: 'too many symbolic links',
  EMFILE: "too many open files (see 'ulimit -n')",
  ENAMETOOLONG: 'name too long',
  ENFILE: 'too many open files in the whole machine',
  ENOENT: 'no such file or directory',
  ENOMEM: 'no memory is left',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
};

/** Starting a process fails with EAGAIN where other calls mean by it that they would wait. */
const noProcess =
  "no further process may be started (see 'ulimit -u' and pids.max of the control group)";

function reasonOf(code: string, { syscall = '', message }: SystemError): string {
  if (code === 'EAGAIN' && /spawn|fork|clone/.test(syscall)) return noProcess;
  return reasons[code] ?? message;
}

/** The sentence that tells the user what went wrong. */
export function describeError(error: unknown): string {
  if (error instanceof BryoError) {
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return oneLine(`${error.message}${hint}`);
  }
  const code = errnoCode(error);
  if (error instanceof Error && code !== undefined) {
    const { path, syscall } = error as SystemError;
    const reason = reasonOf(code, error);
    const what = path === undefined ? (syscall ?? 'system call') : path;
    return oneLine(`${what}: ${reason}`);
  }
  return oneLine(error instanceof Error ? error.message : String(error));
}

/** The line that a command which has failed writes, in the dialect's words. */
export function failureLine(error: unknown, dialect: Dialect): string {
  const docker = dialect === 'docker' && error instanceof BryoError ? dockerFailure(error) : null;
  return `${docker === null ? `Error: ${describeError(error)}` : oneLine(docker)}\n`;
}
