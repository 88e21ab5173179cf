import { readFileSync } from 'node:fs';
import { BryoError, errnoCode } from '../base/errors.ts';
import { addon } from '../native/addon.ts';
import { type Durability, type WriteOptions, writeFileAtomic } from './atomic-file.ts';

/** In which way a record is no good. */
export type Damage =
  | 'is missing'
  | 'is empty'
  | 'holds only zeros'
  | 'is cut short'
  | 'is no JSON'
  | 'is of another kind'
  | 'has been altered'
  | 'is no regular file'
  | 'cannot be read';

/** The fault of a record, and where. */
export interface RecordProblem {
  path: string;
  damage: Damage;
}

/** A record as it was found. What has none is not there. */
export type RecordReading<T> =
  | { kind: 'sound'; value: T }
  | { kind: 'absent' }
  | { kind: 'damaged'; problem: RecordProblem };

/** An error that names the damaged file of something. */
export class DamagedRecordError extends BryoError {
  readonly problem: RecordProblem;

  /** `subject`: what the record is of; `remedy`: what the user can do about it. */
  constructor(subject: string, problem: RecordProblem, remedy: string) {
    const { path, damage } = problem;
    super('damaged-record', `the record of ${subject} is damaged: ${path} ${damage}`, {
      hint: remedy,
    });
    this.problem = problem;
  }
}

// A record begins with the checksum of all that comes behind it.
const sumPattern = /^\{"sum":"([0-9a-f]{16})",$/;
const sumLength = '{"sum":"0123456789abcdef",'.length;

function damageOfText(bytes: Uint8Array, text: string): Damage {
  if (bytes.length === 0) return 'is empty';
  if (bytes.every((byte) => byte === 0)) return 'holds only zeros';
  return /^\s*[[{]/.test(text) && !/[\]}]\s*$/.test(text) ? 'is cut short' : 'is no JSON';
}

/** Reads any JSON of the store, whoever has written it. Throws nothing that damage can cause. */
export function readRecordFile<T>(
  path: string,
  isRecord: (value: unknown) => value is T,
): RecordReading<T> {
  const damaged = (damage: Damage) => ({ kind: 'damaged', problem: { path, damage } }) as const;
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT') return { kind: 'absent' };
    if (code === 'EISDIR' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENXIO') {
      return damaged('is no regular file');
    }
    if (code === 'EIO' || code === 'EACCES') return damaged('cannot be read');
    throw error;
  }
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return damaged(damageOfText(bytes, text));
  }
  const [, sum] = sumPattern.exec(text.slice(0, sumLength)) ?? [];
  if (sum !== undefined) {
    if (addon().checksum(bytes.subarray(sumLength)) !== sum) return damaged('has been altered');
    if (typeof value === 'object' && value !== null && 'sum' in value) delete value.sum;
  }
  return isRecord(value) ? { kind: 'sound', value } : damaged('is of another kind');
}

/** Reads a record whose absence is a damage. */
export function readNeededRecord<T>(
  path: string,
  isRecord: (value: unknown) => value is T,
): Exclude<RecordReading<T>, { kind: 'absent' }> {
  const reading = readRecordFile(path, isRecord);
  if (reading.kind !== 'absent') return reading;
  return { kind: 'damaged', problem: { path, damage: 'is missing' } };
}

/** Writes a record, which has at least one member, with its checksum. */
export function writeRecordFile(
  path: string,
  value: object,
  durability: Durability,
  options: WriteOptions = {},
): void {
  const rest = Buffer.from(JSON.stringify(value).slice(1));
  const head = Buffer.from(`{"sum":"${addon().checksum(rest)}",`);
  writeFileAtomic(path, Buffer.concat([head, rest]), durability, options);
}
