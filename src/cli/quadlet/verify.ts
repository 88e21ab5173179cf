import { resolve } from 'node:path';
import { convertAll } from '../../engine/system/quadlet/convert.ts';
import { allUnits } from '../../engine/system/quadlet/units.ts';
import { readSourceUnit } from '../../quadlet/discover.ts';
import { problemText } from '../../quadlet/problem.ts';
import { defineCommand } from '../command.ts';
import { formatOne } from '../format/format-flag.ts';
import { productFor, searchCircumstances } from './circumstances.ts';
import { namedUnitFile } from './named-file.ts';

export const command = defineCommand({
  name: 'quadlet-verify',
  noun: 'quadlet',
  summary: 'Check unit files',
  synopsis: '[FILE...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'file' },
  options: [{ name: 'format', value: 'FORMAT', help: 'json or a Go template' }],
  description: [
    'Checks unit files, all of the usual directories unless some are named, and prints what is wrong as FILE:LINE: MESSAGE. The generator says the same, but into the journal.',
    'The exit status is 1 when a file makes no service, else 0: warnings, such as a target that a user’s manager has not got, do not count.',
  ],
  examples: [{ command: 'bryo quadlet verify web.container', says: 'before it is installed' }],
  async run(invocation) {
    const { context, args } = invocation;
    const named = args.map((path) => readSourceUnit(resolve(namedUnitFile(path)), []));
    const installed = allUnits(searchCircumstances());
    const names = new Set(named.map(({ fileName }) => fileName));
    const units = [...named, ...installed.filter(({ fileName }) => !names.has(fileName))];
    const checked = convertAll(units, await productFor(invocation.commands, units)).filter(
      ({ source }) => named.length === 0 || named.includes(source),
    );
    const problems = checked.flatMap((converted) => converted.problems);
    const format = invocation.text('format');
    if (format !== null) context.stdout.write(formatOne(format, problems, context.dialect));
    else {
      for (const problem of problems) {
        context.stdout.write(`${problem.severity}: ${problemText(problem)}\n`);
      }
    }
    return checked.some(({ service }) => service === null) ? 1 : 0;
  },
});
