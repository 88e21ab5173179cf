import { BryoError } from '../base/errors.ts';
import { bytesOfName } from '../base/file-names.ts';
import { type EnumName, enums, isEnumName } from '../contract/enums.ts';
import { limits } from '../contract/limits.ts';
import { type LaunchPlan, type PlanRecord, planMagic, planRecords, planVersion } from './ops.ts';
import type { FieldType, RecordShape } from './record-shape.ts';

/** A growing little-endian byte buffer. */
class PlanWriter {
  #buffer = new Uint8Array(8192);
  #view = new DataView(this.#buffer.buffer);
  length = 0;

  #reserve(size: number): number {
    const at = this.length;
    if (at + size > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#buffer.length * 2, at + size));
      grown.set(this.#buffer);
      this.#buffer = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.length = at + size;
    return at;
  }

  // Reserving may replace the buffer: it comes before anything of it is looked at.
  u32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
  }

  i32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value, true);
  }

  u64(value: bigint): void {
    const at = this.#reserve(8);
    this.#view.setBigUint64(at, value, true);
  }

  bytes(value: Uint8Array): void {
    this.u32(value.length);
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }
}

function writeText(out: PlanWriter, value: string, where: string): void {
  if (value.includes('\0')) {
    throw new BryoError('bad-plan', `${where} contains a NUL byte`);
  }
  out.bytes(bytesOfName(value));
}

type FieldWriter = (out: PlanWriter, value: unknown, where: string) => void;

const writeWord: FieldWriter = (out, value) => out.u32(value as number);
const writeString: FieldWriter = (out, value, where) => writeText(out, value as string, where);
const writeStrings: FieldWriter = (out, value, where) => {
  const list = value as readonly string[];
  out.u32(list.length);
  for (const item of list) writeText(out, item, where);
};

/** How each type of field is written; the values' types are those of `FieldValue` in record-shape.ts. */
const fieldWriters: Record<Exclude<FieldType, EnumName>, FieldWriter> = {
  bool: (out, value) => out.u32(value === true ? 1 : 0),
  u32: writeWord,
  i32: (out, value) => out.i32(value as number),
  u64: (out, value) => out.u64(value as bigint),
  text: writeString,
  hostPath: writeString,
  rootPath: writeString,
  bytes: (out, value) => out.bytes(value as Uint8Array),
  texts: writeStrings,
  hostPaths: writeStrings,
  u32s: (out, value) => {
    const list = value as readonly number[];
    out.u32(list.length);
    for (const item of list) out.u32(item);
  },
};

function writeField(out: PlanWriter, type: FieldType, value: unknown, where: string): void {
  if (isEnumName(type)) out.u32((enums[type] as readonly unknown[]).indexOf(value));
  else fieldWriters[type](out, value, where);
}

/** Bytes of a field with this value. */
export function fieldSize(type: FieldType, value: unknown): number {
  const out = new PlanWriter();
  writeField(out, type, value, type);
  return out.length;
}

function writeRecord(out: PlanWriter, record: PlanRecord): void {
  const shape: RecordShape = planRecords[record.op];
  out.u32(shape.code);
  const lengthAt = out.length;
  out.u32(0);
  for (const [field, type] of Object.entries(shape.fields)) {
    const value = (record as unknown as Record<string, unknown>)[field];
    writeField(out, type, value, `${record.op}.${field}`);
  }
  out.patchU32(lengthAt, out.length - lengthAt - 4);
}

/** Encodes records alone, for a mode of the launcher that carries out no plan (ReadRecords of addon/plan/plan.h). */
export function encodeRecords(records: readonly PlanRecord[]): Uint8Array {
  const out = new PlanWriter();
  for (const record of records) writeRecord(out, record);
  return out.finish();
}

/**
 * Encodes a plan: magic, version, total bytes, number of records, then per record its code, the
 * length of its fields and the fields; all integers little-endian, texts and lists counted.
 *
 * Throws BryoError `bad-plan` when a text holds a NUL byte or the plan is too large.
 */
export function encodePlan(plan: LaunchPlan): Uint8Array {
  const out = new PlanWriter();
  out.u32(planMagic);
  out.u32(planVersion);
  out.u32(0);
  out.u32(plan.length);
  for (const record of plan) writeRecord(out, record);
  if (out.length > limits.maxPlanBytes || plan.length > limits.maxPlanRecords) {
    const size = `${out.length} bytes, ${plan.length} steps`;
    throw new BryoError('bad-plan', `too much for one container: its launch plan has ${size}`, {
      hint: `words, variables, mounts and ports may make ${limits.maxPlanBytes} bytes and ${limits.maxPlanRecords} steps`,
    });
  }
  out.patchU32(8, out.length);
  return out.finish();
}
