import { BryoError } from '../../base/errors.ts';
import { findProgram } from '../../native/programs.ts';
import { runProgram } from '../../native/run.ts';
import { containerPids } from '../../oci/lifecycle.ts';
import { readRecord } from '../../oci/state.ts';
import { defineRuntimeCommand } from './command.ts';

/** Lines of ps(1) whose PID column names a process of the container. */
function chosenLines(text: string, pids: ReadonlySet<number>): string[] {
  const [heading = '', ...lines] = text.trimEnd().split('\n');
  const column = heading.trim().split(/\s+/).indexOf('PID');
  if (column < 0) throw new BryoError('usage', 'the output of ps has no PID column');
  const fits = (line: string): boolean => pids.has(Number(line.trim().split(/\s+/)[column]));
  return [heading, ...lines.filter(fits)];
}

export const command = defineRuntimeCommand({
  name: 'ps',
  summary: 'List the processes of a container',
  synopsis: 'ID [PS OPTIONS]',
  arguments: { min: 1, max: Number.POSITIVE_INFINITY, kind: 'none' },
  passthrough: true,
  options: [
    {
      name: 'format',
      short: 'f',
      value: 'FORMAT',
      default: 'table',
      choices: ['table', 'json'],
      help: 'table, or json for a list of ids',
    },
  ],
  description: ["The table is made by the host's ps(1), called with -ef or the options given."],
  async run(parsed, { root, stdout }) {
    const [id = '', ...psOptions] = parsed.args;
    const pids = containerPids(readRecord(root, id));
    if (parsed.text('format') === 'json') {
      stdout.write(`${JSON.stringify(pids)}\n`);
      return 0;
    }
    const ps = findProgram('ps');
    if (ps === null) throw new BryoError('no-ps', 'ps is not installed', { hint: '--format json' });
    const argv = ['ps', ...(psOptions.length === 0 ? ['-ef'] : psOptions)];
    const result = runProgram({ path: ps, argv });
    if (result.exitCode !== 0) throw new BryoError('usage', `ps: ${result.stderr.trim()}`);
    stdout.write(`${chosenLines(result.stdout, new Set(pids)).join('\n')}\n`);
    return 0;
  },
});
