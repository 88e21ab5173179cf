import { closeSync, openSync, readSync } from 'node:fs';
import { addon } from './addon.ts';
import { ownEnvironment } from './environment.ts';

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunRequest {
  /** Absolute path of a trusted program. */
  path: string;
  /** argv[0] included. */
  argv: string[];
  /** A descriptor for standard input; /dev/null unless given. */
  stdin?: number;
}

/**
 * Bytes that a program may say. The longest is what ps(1) makes of the command lines of all processes,
 * which are as long as whoever started them likes.
 */
const most = 256 << 20;

/** A program that runs, with the ends of the pipes that it writes to. */
interface Begun {
  pid: number;
  stdout: number;
  stderr: number;
}

function begin({ path, argv, stdin }: RunRequest): Begun {
  const native = addon();
  const [stdout, outWrite] = native.pipe();
  const [stderr, errWrite] = native.pipe();
  const input = stdin ?? openSync('/dev/null', 'r');
  try {
    const pid = native.spawn(path, argv, ownEnvironment(), [input, outWrite, errWrite]);
    return { pid, stdout, stderr };
  } finally {
    closeSync(outWrite);
    closeSync(errWrite);
    if (stdin === undefined) closeSync(input);
  }
}

/** Closes the pipes, by which the program is told that nobody listens to more, and waits for its end. */
function end({ pid, stdout, stderr }: Begun): number {
  closeSync(stdout);
  closeSync(stderr);
  return addon().wait(pid);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}

/**
 * Runs a program that says little as a rule and waits for it. Blocks the thread: while it runs there
 * is nothing else to do, and node:child_process alone takes longer to load than most of them run.
 */
export function runProgram(request: RunRequest): RunResult {
  const begun = begin(request);
  let output: [Uint8Array, Uint8Array];
  let exitCode: number;
  try {
    output = addon().readBoth(begun.stdout, begun.stderr, most);
  } finally {
    exitCode = end(begun);
  }
  const [stdout, stderr] = output;
  return { exitCode, stdout: text(stdout), stderr: text(stderr) };
}

/** Milliseconds that a program takes as a rule: for so long it is waited for alone, so that none is lost. */
const usualTime = 50;
const longestPause = 16;
const pieceSize = 1 << 16;

/** The bytes that a pipe gives within so many milliseconds; null: its end has come. */
function readPiece(fd: number, milliseconds: number): Uint8Array | null {
  if (!addon().awaitReadable(fd, milliseconds)) return new Uint8Array();
  const piece = Buffer.alloc(pieceSize);
  const size = readSync(fd, piece);
  return size === 0 ? null : piece.subarray(0, size);
}

/** Runs a program that may take its time: after a moment the rest of this process goes on beside it. */
export async function runProgramAside(request: RunRequest): Promise<RunResult> {
  const begun = begin(request);
  const streams = [begun.stdout, begun.stderr].map((fd) => ({ fd, pieces: [] as Uint8Array[] }));
  const start = performance.now();
  let exitCode: number;
  try {
    let [open, pause, total] = [streams, 1, 0];
    while (open.length > 0) {
      const alone = Math.max(0, Math.ceil(start + usualTime - performance.now()));
      let heard = false;
      if (total > most)
        throw Object.assign(new Error(`${request.path} says too much`), { code: 'EFBIG' });
      open = open.filter(({ fd, pieces }) => {
        const piece = readPiece(fd, alone);
        if (piece !== null && piece.length > 0) pieces.push(piece);
        total += piece?.length ?? 0;
        heard ||= piece === null || piece.length > 0;
        return piece !== null;
      });
      if (heard) continue;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(2 * pause, longestPause);
    }
  } finally {
    exitCode = end(begun);
  }
  const [stdout = '', stderr = ''] = streams.map(({ pieces }) => text(Buffer.concat(pieces)));
  return { exitCode, stdout, stderr };
}
