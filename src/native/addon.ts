import { constants } from 'node:os';
import { BryoError } from '../base/errors.ts';
import { libexecPath } from './locate.ts';

/** One rule of a seccomp filter, with the kernel's numeric action and comparison operators. */
export interface NativeSeccompRule {
  names: string[];
  action: number;
  args: { index: number; op: number; value: bigint; valueTwo: bigint }[];
}

export interface NativeSeccompProfile {
  defaultAction: number;
  badArchAction: number;
  architectures: string[];
  rules: NativeSeccompRule[];
  /** Calls numbered above all those of the rules get ENOSYS. */
  denyNewer: boolean;
  /** A name that is no system call's is an error; else its rule is passed by. */
  denyUnknown: boolean;
}

/** How the passing of a body has ended (addon/sys/pass_body.h); `code`: that of `failed` and `refused`. */
export interface PassedBody {
  end: 'whole' | 'cut' | 'bad' | 'slow' | 'refused' | 'failed';
  code: string;
  /** Bytes that were read beyond the body. */
  rest: Uint8Array;
}

/** The exports of addon/napi. Functions throw system errors with `code`, `errno` and `syscall`. */
export interface NativeAddon {
  memfdSealed(name: string, bytes: Uint8Array): number;
  flock(fd: number, mode: 'shared' | 'exclusive' | 'unlock', wait: boolean): boolean;
  lockOwner(path: string): number;
  lockFile(path: string): number;
  lockByte(
    fd: number,
    mode: 'shared' | 'exclusive' | 'unlock',
    offset: number,
    wait: boolean,
  ): boolean;
  mkfifo(path: string): void;
  /** A file without a name in a directory, to be written (O_TMPFILE); -1: there are none there. */
  openUnnamed(directory: string): number;
  linkUnnamed(fd: number, path: string): void;
  /** 16 hexadecimal digits that differ when a byte has changed. */
  checksum(bytes: Uint8Array): string;
  syncfs(fd: number): void;
  /** Has a filesystem that can lay the trees in a directory out apart from each other. */
  spreadTrees(path: string): void;
  spawn(path: string, argv: string[], env: string[], fds: number[]): number;
  exec(path: string, argv: string[], env: string[], fds: number[]): never;
  /** Ends with status 0 by _exit(2): nothing that the engine does at its end is done. */
  exitAtOnce(): never;
  /** Ignores signals that ask a program to end or to stop; what it starts gets them as usual. */
  ignoreSignals(): void;
  /** TIOCGWINSZ of tty_ioctl(4); null when the descriptor is no terminal. */
  terminalSize(fd: number): { rows: number; columns: number } | null;
  monotonicNow(): bigint;
  wait(pid: number): number;
  /**
   * Takes the status of every child that has ended, so that none stays a zombie; whether others live. Not beside
   * anything that waits for a child of its own.
   */
  reapChildren(): boolean;
  waitProcess(pid: number, timeout: number): boolean;
  /** Kills a process (pidfd_open(2)) if its mount namespace is this, as /proc/PID/ns/mnt says. */
  killIn(pid: number, mounts: string): boolean;
  pipe(): [number, number];
  /** A connection of bytes or of messages; reads and writes fail with EAGAIN after `timeout` seconds; 0: never. */
  connectUnix(path: string, timeout: number, kind: 'stream' | 'packets'): number;
  /** Sends one datagram to a socket. */
  sendDatagram(path: string, bytes: Uint8Array): void;
  /** Moves a network device to the network namespace of that path, under a name there, and brings it up. */
  moveNetDevice(name: string, newName: string, namespacePath: string): void;
  seqpacketPair(): [number, number];
  /** One message with descriptors (unix(7), SCM_RIGHTS), which stay open here. */
  sendDescriptors(socket: number, bytes: Uint8Array, fds: number[]): void;
  /** Blocks until one message comes; one without bytes means that the other end was closed. */
  receiveDescriptors(socket: number, capacity: number): { bytes: Uint8Array; fds: number[] };
  /** False when the time (milliseconds) ran out before there was something to read, or an end. */
  awaitReadable(fd: number, timeout: number): boolean;
  /** A descriptor that is readable once the process has ended (pidfd_open(2)); -1: there is none. */
  pidfd(pid: number): number;
  /** Whether the other end of a connection was closed, or will send nothing more. */
  peerGone(fd: number): boolean;
  /** All that comes from two descriptors, EFBIG when one gives more bytes than the limit. */
  readBoth(first: number, second: number, limit: number): [Uint8Array, Uint8Array];
  /** Passes the body of a request on to a pipe, of which `early` was read already; a length of -1: it comes in chunks. */
  passBody(
    connection: number,
    output: number,
    early: Uint8Array,
    length: number,
  ): Promise<PassedBody>;
  /** Passes all that comes from a pipe on to a connection, without the end of the last chunk. */
  passToConnection(input: number, connection: number, chunked: boolean): Promise<PassedBody>;
  /** Version of the kernel's Landlock interface; 0: none. */
  landlockVersion(): number;
  compileSeccomp(profile: NativeSeccompProfile): Uint8Array;
  /** Has a control group ask a program, beside those it has, about every device that is opened or made there. */
  attachDeviceFilter(group: string, program: Uint8Array): void;
}

let loaded: NativeAddon | undefined;

/** The Node-API addon, loaded on first use: most commands never need it. */
export function addon(): NativeAddon {
  if (loaded !== undefined) return loaded;
  const path = libexecPath('bryo.node');
  const module = { exports: {} };
  try {
    process.dlopen(module, path, constants.dlopen.RTLD_NOW);
  } catch (cause) {
    throw new BryoError('no-native-part', `cannot load ${path}`, {
      cause,
      hint: 'install bryo again with ./install.sh',
    });
  }
  loaded = module.exports as NativeAddon;
  return loaded;
}
