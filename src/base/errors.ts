import { type ErrorCode, errorCodes } from './error-codes.ts';

/** Exit codes of the command line, as podman-run(1) "Exit Status" defines them. */
export const exitCodes = {
  /** The error is bryo's own. */
  engine: 125,
  /** The container's command cannot be invoked. */
  notExecutable: 126,
  /** The container's command cannot be found. */
  notFound: 127,
} as const;

export interface BryoErrorOptions {
  /** A remedy that the user has; printed after the message. */
  hint?: string;
  /** Exit status of the command line; that of the code unless given. */
  exitCode?: number;
  /** The user's word for what is missing, or not as it should be: some wordings name nothing else. */
  about?: string;
  cause?: unknown;
  parts?: readonly string[];
}

/**
 * An error that is meant for the user: one clear line that names what was wrong and where.
 *
 * `code` is stable (src/base/error-codes.ts): callers branch on it and never on the message.
 */
export class BryoError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly about: string | undefined;
  readonly exitCode: number;
  /** Facts of each of several parts, for lines of their own. */
  readonly parts: readonly string[];

  constructor(code: ErrorCode, message: string, options: BryoErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BryoError';
    this.code = code;
    this.hint = options.hint;
    this.about = options.about;
    this.exitCode = options.exitCode ?? errorCodes[code].exit;
    this.parts = options.parts ?? [];
  }
}

/** A copy of an error with another exit status. */
export function withExitCode(error: BryoError, exitCode: number): BryoError {
  const { code, message, hint, about, cause } = error;
  const words = { ...(hint !== undefined && { hint }), ...(about !== undefined && { about }) };
  return new BryoError(code, message, { exitCode, cause, ...words });
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`, …), or undefined for anything else. */
export function errnoCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

/** Whether it says that there is no room left: on the disk, or within the caller's quota. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errnoCode(error) ?? '');
}

/** The codes of errno(3) in words for users. */
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

/** A code of errno(3) in words; undefined: there are none for it. */
export function errnoText(code: string | undefined): string | undefined {
  return code === undefined ? undefined : reasons[code];
}
