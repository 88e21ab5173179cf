import { BryoError, errnoCode } from '../base/errors.ts';

/** Control characters of untrusted text must not reach the terminal, and an error is one line. */
function oneLine(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, '?')
    .trim();
}

interface SystemError extends Error {
  path?: string;
  syscall?: string;
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EDQUOT: 'disk quota exceeded',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EMFILE: 'too many open files',
  EEXIST: 'file exists',
};

/** The one line that tells the user what went wrong. */
export function describeError(error: unknown): string {
  if (error instanceof BryoError) {
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return oneLine(`${error.message}${hint}`);
  }
  const code = errnoCode(error);
  if (error instanceof Error && code !== undefined) {
    const { path, syscall } = error as SystemError;
    const reason = reasons[code] ?? error.message;
    const what = path === undefined ? (syscall ?? 'system call') : path;
    return oneLine(`${what}: ${reason}`);
  }
  return oneLine(error instanceof Error ? error.message : String(error));
}
