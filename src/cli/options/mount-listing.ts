import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import type { Invocation, OptionSpec } from '../command.ts';
import { isJsonFormat } from '../format/json-format.ts';

/** Of the verbs that mount something, and list what is mounted. */
export const mountFormatOption: OptionSpec = {
  name: 'format',
  value: 'FORMAT',
  help: 'json: print the mounts so',
};

/** Whether JSON is asked for. Throws BryoError `usage` for any other format. */
export function wantsJson(invocation: Invocation): boolean {
  const format = invocation.text('format');
  if (format === null) return false;
  if (isJsonFormat(format)) return true;
  throw new BryoError('usage', `unknown --format argument: ${JSON.stringify(format)}`, {
    hint: 'json is supported',
  });
}

/** podman's JSON has one space a level. */
export function mountsAsJson(rows: readonly Record<string, unknown>[]): string {
  return `${jsonText(rows, 1)}\n`;
}
