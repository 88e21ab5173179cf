import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { defineCommand } from '../command.ts';
import { type CliContext, printError } from '../context.ts';
import { formatOne, formatRows } from '../format/format-flag.ts';
import { isJsonFormat } from '../format/json-format.ts';
import { inspectFormatOption } from '../options/shared.ts';
import { describeNetwork, type NetworkDescription } from './describe.ts';

function output(
  { dialect }: CliContext,
  found: readonly NetworkDescription[],
  format: string | null,
) {
  if (format === null || isJsonFormat(format)) {
    return `${jsonText(found, dialect === 'docker' ? 4 : 5)}\n`;
  }
  if (/^table\s/.test(format)) return formatRows(format, found, { dialect, heading: false });
  return found.map((one) => formatOne(format, one, dialect)).join('');
}

export const command = defineCommand({
  name: 'network-inspect',
  noun: 'network',
  summary: 'Show all that is known of networks',
  synopsis: 'NETWORK [NETWORK...]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'network' },
  options: [inspectFormatOption],
  dockerOptions: [inspectFormatOption, { name: 'verbose', short: 'v', help: 'no more is known' }],
  description: [
    "Prints a JSON array, an object for each network, with podman's field names: what its file says, and in containers the addresses of those that run.",
  ],
  examples: [
    {
      command: `bryo network inspect -f '{{range .Subnets}}{{.Gateway}}{{end}}' web`,
      says: 'its gateways',
    },
  ],
  async run(invocation) {
    const { args, context, text } = invocation;
    const found: NetworkDescription[] = [];
    const failures: unknown[] = [];
    for (const name of args) {
      try {
        found.push(describeNetwork(context, name));
      } catch (error) {
        if (!(error instanceof BryoError)) throw error;
        failures.push(error);
      }
    }
    context.stdout.write(output(context, found, text('format')));
    for (const failure of failures) printError(context, failure);
    if (failures.length === 0) return 0;
    return context.dialect === 'docker' ? 1 : 125;
  },
});
