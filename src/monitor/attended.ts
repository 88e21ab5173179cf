import { closeSync, fchmodSync, openSync, readSync } from 'node:fs';
import { addon } from '../native/addon.ts';
import { type LaunchOptions, type LaunchResult, launch } from './launch.ts';

/** The streams of a payload that its caller reads. */
export type OutputStream = 'stdout' | 'stderr';

/** A payload that this process waits for, and that ends with this process at the latest. */
export interface AttendedLaunch {
  place: LaunchOptions['place'];
  /** Descriptor of its standard input; null: it has none. */
  stdin: number | null;
  onOutput(stream: OutputStream, bytes: Uint8Array): void;
  /** When it aborts the payload is killed. */
  signal: AbortSignal;
}

/** The end of a payload, or the reason why there was none. */
export type AttendedResult =
  | Extract<LaunchResult, { kind: 'failed' }>
  /** 128 and the number of the signal that has ended it. */
  | { kind: 'ended'; exitCode: number };

const pieceSize = 1 << 16;
/** Milliseconds between two looks at a payload that says nothing: the longer it has run the more. */
const shortestPause = 1;
const longestPause = 10;

/** The content of a pipe now: bytes, none, or its end (null). */
function takePiece(fd: number): Uint8Array | null {
  if (!addon().awaitReadable(fd, 0)) return new Uint8Array();
  const piece = Buffer.allocUnsafe(pieceSize);
  const size = readSync(fd, piece);
  return size === 0 ? null : piece.subarray(0, size);
}

/** Hands on what comes until both pipes end. */
async function drain(
  pipes: { stream: OutputStream; fd: number }[],
  onOutput: AttendedLaunch['onOutput'],
): Promise<void> {
  let open = pipes;
  let pause = shortestPause;
  while (open.length > 0) {
    let heard = false;
    open = open.filter(({ stream, fd }) => {
      const piece = takePiece(fd);
      if (piece === null) return false;
      if (piece.length > 0) onOutput(stream, piece);
      heard ||= piece.length > 0;
      return true;
    });
    if (open.length === 0) return;
    if (heard) pause = shortestPause;
    await new Promise((resolve) => setTimeout(resolve, heard ? 0 : pause));
    if (!heard) pause = Math.min(pause * 1.5, longestPause);
  }
}

async function untilEnded(pid: number): Promise<number> {
  let pause = shortestPause;
  while (!addon().waitProcess(pid, 0)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 2, longestPause);
  }
  return addon().wait(pid);
}

/** Pipes whose ends a payload of another user may open again by name, as /dev/stdout. */
function outputPipe(): [number, number] {
  const pipe = addon().pipe();
  fchmodSync(pipe[1], 0o666);
  return pipe;
}

/**
 * Starts an encoded plan whose streams are passed through, and waits for its payload. Whatever ends this
 * process ends the payload, too.
 */
export async function launchAttended(
  plan: Uint8Array,
  { place, stdin, onOutput, signal }: AttendedLaunch,
): Promise<AttendedResult> {
  const [theirs, ours] = addon().pipe();
  const [stdout, outWrite] = outputPipe();
  const [stderr, errWrite] = outputPipe();
  const input = stdin ?? openSync('/dev/null', 'r');
  let held = true;
  const letGo = (): void => {
    if (held) closeSync(ours);
    held = false;
  };
  signal.addEventListener('abort', letGo);
  try {
    let result: LaunchResult;
    try {
      const stdio = [input, outWrite, errWrite] as const;
      result = await launch(plan, { client: null, caller: theirs, place: place ?? null, stdio });
    } finally {
      for (const fd of [theirs, outWrite, errWrite]) closeSync(fd);
      if (stdin === null) closeSync(input);
    }
    if (signal.aborted) letGo();
    const pipes = [
      { stream: 'stdout', fd: stdout } as const,
      { stream: 'stderr', fd: stderr } as const,
    ];
    if (result.kind === 'failed') return result;
    await drain(pipes, onOutput);
    return { kind: 'ended', exitCode: await untilEnded(result.launcher) };
  } finally {
    signal.removeEventListener('abort', letGo);
    letGo();
    closeSync(stdout);
    closeSync(stderr);
  }
}
