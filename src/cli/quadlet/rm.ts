import { BryoError } from '../../base/errors.ts';
import { removeUnit } from '../../engine/system/quadlet/install.ts';
import { refreshServices } from '../../engine/system/quadlet/refresh.ts';
import { allUnits, findUnit, withManager } from '../../engine/system/quadlet/units.ts';
import { type SourceUnit, serviceOf } from '../../quadlet/source.ts';
import { defineCommand, type Invocation } from '../command.ts';
import { printLine } from '../context.ts';
import { searchCircumstances, thisProduct } from './circumstances.ts';
import { reloadOption } from './options.ts';

function chosenUnits(invocation: Invocation, units: readonly SourceUnit[]): SourceUnit[] {
  const { args } = invocation;
  if (invocation.flag('all')) {
    if (args.length > 0) throw new BryoError('usage', '--all takes no names');
    return [...units];
  }
  if (args.length === 0) throw new BryoError('usage', 'quadlet rm needs a unit file, or --all');
  return args.flatMap((name) => {
    try {
      return [findUnit(units, name)];
    } catch (error) {
      if (invocation.flag('ignore') && error instanceof BryoError) return [];
      throw error;
    }
  });
}

/** A service that runs is stopped first, for afterwards systemd would not know how. */
function stopService(unit: SourceUnit, force: boolean): void {
  const service = serviceOf(unit);
  withManager((manager) => {
    if (manager === null || unit.name.instance === '') return;
    const state = manager.unitState(service);
    if (state === 'inactive' || state === 'failed') return;
    if (!force) {
      throw new BryoError('unit-runs', `${service} is ${state}`, {
        hint: `stop it with 'systemctl --user stop ${service}', or use --force`,
      });
    }
    manager.changeUnit('Stop', service);
  });
}

export const command = defineCommand({
  name: 'quadlet-rm',
  noun: 'quadlet',
  summary: 'Remove unit files and their services',
  synopsis: 'UNIT [UNIT...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'none' },
  options: [
    { name: 'all', short: 'a', help: 'all unit files' },
    { name: 'force', short: 'f', help: 'stop services that run' },
    { name: 'ignore', short: 'i', help: 'unit files that do not exist are no error' },
    reloadOption,
  ],
  description: [
    'Removes unit files from ~/.config/containers/systemd, and the services that were made of them. Containers that run as a service are refused without --force.',
  ],
  examples: [
    { command: 'bryo quadlet rm --force web.container', says: 'stop it and be rid of it' },
  ],
  async run(invocation) {
    const circumstances = searchCircumstances();
    const chosen = chosenUnits(invocation, allUnits(circumstances));
    for (const unit of chosen) stopService(unit, invocation.flag('force'));
    for (const unit of chosen) {
      removeUnit(unit, circumstances);
      printLine(invocation.context, unit.fileName);
    }
    const product = await thisProduct(invocation.commands);
    refreshServices({ circumstances, product, reload: invocation.flag('reload-systemd') });
    return 0;
  },
});
