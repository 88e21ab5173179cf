import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode, isDiskFull } from '../base/errors.ts';
import { addon } from '../native/addon.ts';

/** How durable a write must be when the call returns. */
export type Durability = 'durable' | 'volatile';

export interface WriteOptions {
  /** 0600 unless given. */
  mode?: number;
  /**
   * Gives the name that a file has on the same filesystem until it has its own: where a killed command
   * may leave it. Beside the file unless given.
   */
  temporary?: () => string;
  /** Whether a directory that damage has put in the file's place goes; else that is an error. */
  overDirectory?: boolean;
}

let counter = 0;

/** A name beside the file that no other process and no other call uses. */
function nameBeside(path: string): string {
  counter += 1;
  return `${path}.tmp-${process.pid}-${counter}`;
}

function fill(fd: number, content: string | Uint8Array, durability: Durability, mode: number) {
  if (mode !== 0o600) fchmodSync(fd, mode);
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  writeAll(fd, bytes);
  if (durability === 'durable') fsyncSync(fd);
}

/** Makes names created, renamed or removed in a directory survive a crash. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written, undefined, written);
}

function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}

function removeDirectory(path: string): void {
  const isDirectory = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isDirectory) rmSync(path, { recursive: true, force: true });
}

/** A whole file that waits for its name. */
interface Unpublished {
  /** Gives it a name that is free (EEXIST otherwise). */
  link(path: string): void;
  /** Gives it a name in the place of what has it. */
  rename(path: string): void;
  /** Removes the remains; to be called whatever has happened. */
  drop(): void;
}

/**
 * Writes a file without a name, so that nothing stays of it when the command is killed; with a temporary
 * name on filesystems that have no such files (O_TMPFILE of open(2)).
 */
function prepare(
  path: string,
  content: string | Uint8Array,
  durability: Durability,
  { mode = 0o600, temporary = () => nameBeside(path) }: WriteOptions,
): Unpublished {
  const unnamed = addon().openUnnamed(dirname(path));
  if (unnamed < 0) return prepareNamed(temporary(), content, durability, mode);
  const link = (name: string) => addon().linkUnnamed(unnamed, name);
  try {
    fill(unnamed, content, durability, mode);
  } catch (error) {
    closeSync(unnamed);
    throw error;
  }
  return {
    link,
    rename(target) {
      const name = temporary();
      link(name);
      try {
        renameSync(name, target);
      } catch (error) {
        discard(name);
        throw error;
      }
    },
    drop: () => closeSync(unnamed),
  };
}

function prepareNamed(
  name: string,
  content: string | Uint8Array,
  durability: Durability,
  mode: number,
): Unpublished {
  const fd = openSync(name, 'wx', 0o600);
  try {
    fill(fd, content, durability, mode);
  } catch (error) {
    discard(name);
    throw error;
  } finally {
    closeSync(fd);
  }
  return {
    link: (path) => linkSync(name, path),
    rename: (path) => renameSync(name, path),
    drop: () => discard(name),
  };
}

/**
 * Replaces a file in one step: readers see the old or the new content, never a part.
 * `durable`: acknowledged means on the disk, file and name.
 */
export function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  durability: Durability,
  options: WriteOptions = {},
): void {
  const file = prepare(path, content, durability, options);
  try {
    if (options.overDirectory === true) removeDirectory(path);
    file.rename(path);
  } finally {
    file.drop();
  }
  if (durability === 'durable') syncDirectory(dirname(path));
}

/** Writes into the room that a file has, and gives it another name. False: it has not so much. */
function writeInRoomOf(spare: string, path: string, bytes: Uint8Array): boolean {
  const fd = openSync(spare, 'r+');
  try {
    if (fstatSync(fd).size < bytes.length) return false;
    writeAll(fd, bytes);
    ftruncateSync(fd, bytes.length);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(spare, path);
  syncDirectory(dirname(path));
  return true;
}

/**
 * Replaces a file as writeFileAtomic does, durably; on a full disk in the room of its copy, which is gone
 * then: whoever removes things must not need room for that.
 */
export function replaceFile(
  path: string,
  copy: string,
  content: string,
  options: WriteOptions = {},
): void {
  try {
    writeFileAtomic(path, content, 'durable', options);
  } catch (error) {
    if (!isDiskFull(error) || !existsSync(copy)) throw error;
    if (!writeInRoomOf(copy, path, Buffer.from(content))) throw error;
  }
}

/**
 * Creates a file only if its name is free (link(2)); false when it is taken. Of any number of
 * processes that claim the same name, one wins.
 */
export function claimFile(
  path: string,
  content: string | Uint8Array,
  durability: Durability,
  options: WriteOptions = {},
): boolean {
  const file = prepare(path, content, durability, options);
  try {
    file.link(path);
  } catch (error) {
    if (errnoCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    file.drop();
  }
  if (durability === 'durable') syncDirectory(dirname(path));
  return true;
}
