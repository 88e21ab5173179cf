import { jsonText } from '../base/text.ts';
import { type LaunchPlan, type PlanRecord, planRecords } from './ops.ts';
import { isTelling, type RecordShape } from './record-shape.ts';

function fieldText(value: unknown): string {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  return jsonText(value);
}

function recordText(record: PlanRecord): string {
  const shape: RecordShape = planRecords[record.op];
  const fields = Object.entries(record)
    .filter(([name, value]) => name !== 'op' && isTelling(shape.fields[name] ?? 'text', value))
    .map(([name, value]) => `${name}=${fieldText(value)}`);
  return [record.op, ...fields].join(' ');
}

/** A plan in readable form, a line per record (`--explain`). */
export function explainPlan(plan: LaunchPlan): string {
  return plan
    .map((record, index) => `${String(index).padStart(3)}  ${recordText(record)}\n`)
    .join('');
}
