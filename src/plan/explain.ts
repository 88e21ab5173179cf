import { jsonText } from '../base/text.ts';
import type { LaunchPlan, PlanRecord } from './ops.ts';

function fieldText(value: unknown): string {
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (typeof value === 'bigint') return `0x${value.toString(16)}`;
  return jsonText(value);
}

/** Whether a field says something: zeros, empty lists and `false` are left out. */
function isTelling(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== false && value !== 0 && value !== 0n && value !== '';
}

function recordText(record: PlanRecord): string {
  const fields = Object.entries(record)
    .filter(([name, value]) => name !== 'op' && isTelling(value))
    .map(([name, value]) => `${name}=${fieldText(value)}`);
  return [record.op, ...fields].join(' ');
}

/** A plan in readable form, a line per record (`--explain`). */
export function explainPlan(plan: LaunchPlan): string {
  return plan
    .map((record, index) => `${String(index).padStart(3)}  ${recordText(record)}\n`)
    .join('');
}
