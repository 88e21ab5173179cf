import { closeSync, readSync } from 'node:fs';
import { errnoCode } from '../base/errors.ts';
import type { EnumWord } from '../contract/enums.ts';
import { isMonitorRecord, type MonitorRecord } from '../contract/records.ts';
import { addon } from '../native/addon.ts';
import { runFileIn } from '../store/container-files.ts';
import { type RecordReading, readRecordFile } from '../store/record-file.ts';

export type HealthStatus = EnumWord<'healthStatus'>;

/** One result of a check. */
export type HealthResult = MonitorRecord<'healthResult'>;

/** A monitor's record of its container's health. */
export type HealthRecord = MonitorRecord<'healthFile'>;

function isHealthRecord(value: unknown): value is HealthRecord {
  return isMonitorRecord('healthFile', value);
}

/** The record, or what is wrong with it. */
export function healthReading(path: string): RecordReading<HealthRecord> {
  return readRecordFile(path, isHealthRecord);
}

/** The record; null when no check has been begun, or the record is damaged: the next check writes it. */
export function readHealthRecord(path: string): HealthRecord | null {
  const reading = healthReading(path);
  return reading.kind === 'sound' ? reading.value : null;
}

/** The answer of a monitor that was asked for a check. */
export interface ProbeAnswer {
  exitCode: number;
  status: HealthStatus;
}

/**
 * Has a container's monitor make a check now, or waits for the one that it is at; null when it makes
 * none, for the container ends or is paused. `timeout` is seconds. Throws when nobody listens.
 */
export function requestProbe(runDirectory: string, timeout: number): ProbeAnswer | null {
  const fd = addon().connectUnix(runFileIn(runDirectory, 'healthSocket'), timeout, 'stream');
  try {
    const buffer = Buffer.alloc(64);
    const size = readSync(fd, buffer, 0, buffer.length, null);
    const [, code, status] = /^(-?\d+) (\w+)\n$/.exec(buffer.toString('utf8', 0, size)) ?? [];
    if (code === undefined) return null;
    return { exitCode: Number(code), status: status as HealthStatus };
  } catch (error) {
    if (errnoCode(error) === 'ECONNRESET') return null;
    throw error;
  } finally {
    closeSync(fd);
  }
}
