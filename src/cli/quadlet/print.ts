import { readFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import { surroundings } from '../../engine/system/quadlet/convert.ts';
import { allUnits, findUnit } from '../../engine/system/quadlet/units.ts';
import { convertUnit } from '../../quadlet/convert.ts';
import { problemText } from '../../quadlet/problem.ts';
import { defineCommand } from '../command.ts';
import { productFor, searchCircumstances } from './circumstances.ts';

export const command = defineCommand({
  name: 'quadlet-print',
  noun: 'quadlet',
  summary: 'Print a unit file, or the service that is made of it',
  synopsis: 'UNIT',
  arguments: { min: 1, max: 1, kind: 'none' },
  options: [{ name: 'service', help: 'print the service that systemd gets' }],
  description: [
    'Prints a unit file, named as it is or by its service: web.container, web.service.',
  ],
  examples: [{ command: 'bryo quadlet print --service web.container', says: 'what systemd runs' }],
  async run(invocation) {
    const { context, args } = invocation;
    const units = allUnits(searchCircumstances());
    const unit = findUnit(units, args[0] ?? '');
    if (!invocation.flag('service')) {
      context.stdout.write(readFileSync(unit.path, 'utf8'));
      return 0;
    }
    const around = surroundings(units, await productFor(invocation.commands, units));
    const { service, problems } = convertUnit(unit, around);
    const errors = problems.filter(({ severity }) => severity === 'error');
    if (service === null) {
      throw new BryoError('bad-unit-file', errors.map(problemText).join('\n'));
    }
    context.stdout.write(service.text);
    return 0;
  },
});
