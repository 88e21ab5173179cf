import { BryoError } from '../../base/errors.ts';
import { jsonText } from '../../base/text.ts';
import { listContainers, stateObject, statusOf } from '../../oci/state.ts';
import { defineRuntimeCommand } from './command.ts';

const headings = ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'];

function table(rows: readonly string[][]): string {
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2))
      .join('')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

export const command = defineRuntimeCommand({
  name: 'list',
  summary: 'List the containers of the state directory',
  synopsis: '',
  arguments: { min: 0, max: 0, kind: 'none' },
  options: [
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      default: 'table',
      choices: ['table', 'json'],
      help: 'table or json',
    },
    { name: 'quiet', short: 'q', help: 'print ids only' },
  ],
  description: ['What is shown is checked against the living processes.'],
  async run(parsed, { root, stdout }) {
    const format = parsed.text('format') ?? 'table';
    if (format !== 'table' && format !== 'json') {
      throw new BryoError('usage', `invalid format ${JSON.stringify(format)}: table or json`);
    }
    const states = listContainers(root).map((record) =>
      stateObject(record, statusOf(record), record.process?.pid ?? 0),
    );
    if (parsed.flag('quiet')) {
      stdout.write(states.map(({ id }) => `${id}\n`).join(''));
    } else if (format === 'json') {
      stdout.write(`${jsonText(states)}\n`);
    } else {
      const rows = states.map((s) => [s.id, String(s.pid), s.status, s.bundle, s.created, s.owner]);
      stdout.write(table([headings, ...rows]));
    }
    return 0;
  },
});
