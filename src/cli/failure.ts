import { BryoError, errnoCode, errnoText } from '../base/errors.ts';
import { withoutControls } from '../base/text.ts';
import { dockerFailure } from '../view/docker/failure.ts';
import { dialectOf } from './dialect.ts';

/** Control characters of untrusted text must not reach the terminal, and an error is one line. */
function oneLine(text: string): string {
  const line = text.replace(/^\s*\n|\n\s*$/g, '').replace(/\s*\n\s*/g, ' ');
  return withoutControls(line);
}

/** Names of other programs under which bryo may be installed. */
const standIns: ReadonlySet<string> = new Set(['podman', 'docker']);

interface SystemError extends Error {
  path?: string;
  syscall?: string;
}

/** Starting a process fails with EAGAIN where other calls mean by it that they would wait. */
const noProcess =
  "no further process may be started (see 'ulimit -u' and pids.max of the control group)";

function reasonOf(code: string, { syscall = '', message }: SystemError): string {
  if (code === 'EAGAIN' && /spawn|fork|clone/.test(syscall)) return noProcess;
  return errnoText(code) ?? message;
}

/** The reader of an error: a person or a script, who called the program by this name. */
export interface Listener {
  program: string;
  isTerminal: boolean;
}

/** A line of help in podman's words: `See 'podman run --help'`. */
function pointer(hint: string | undefined, program: string): string {
  const [, command] = /^see 'bryo ?(.*)'$/.exec(hint ?? '') ?? [];
  return command === undefined ? '' : `\nSee '${[program, command].join(' ')}'`;
}

/**
 * The line, or lines, for standard error. Scripts that were written for podman or docker compare the
 * whole of it: under those names they get no hints, but where podman has a line of its own for them.
 */
export function errorText(error: unknown, { program, isTerminal }: Listener): string {
  const docker =
    dialectOf(program) === 'docker' && error instanceof BryoError ? dockerFailure(error) : null;
  if (docker !== null) return `${oneLine(docker)}\n`;
  const parts = error instanceof BryoError ? error.parts.map((part) => `${oneLine(part)}\n`) : [];
  return `${mainLine(error, { program, isTerminal })}${parts.join('')}`;
}

function mainLine(error: unknown, { program, isTerminal }: Listener): string {
  if (!standIns.has(program)) return `Error: ${describeError(error)}\n`;
  const named = (text: string): string => text.replace(/(["'`])bryo /g, `$1${program} `);
  if (isTerminal || !(error instanceof BryoError)) return `Error: ${named(describeError(error))}\n`;
  const { message, hint } = error;
  return `Error: ${named(oneLine(message))}${pointer(hint, program)}\n`;
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
