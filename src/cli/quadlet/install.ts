import { installUnits } from '../../engine/system/quadlet/install.ts';
import { leftToPodman } from '../../engine/system/quadlet/places.ts';
import { refreshServices } from '../../engine/system/quadlet/refresh.ts';
import { allUnits } from '../../engine/system/quadlet/units.ts';
import { problemText } from '../../quadlet/problem.ts';
import { defineCommand } from '../command.ts';
import { printLine } from '../context.ts';
import { searchCircumstances, thisProduct } from './circumstances.ts';
import { reloadOption } from './options.ts';

export const command = defineCommand({
  name: 'quadlet-install',
  noun: 'quadlet',
  summary: 'Install unit files, and make services of them',
  synopsis: '[FILE|DIRECTORY...]',
  arguments: { min: 0, max: Number.POSITIVE_INFINITY, kind: 'file' },
  options: [{ name: 'replace', help: 'replace unit files that are there already' }, reloadOption],
  description: [
    'Copies unit files (see bryo-systemd.unit(5)) to ~/.config/containers/systemd, with the other files of a directory that is named, and prints where they are. A file that makes no service is refused, and then nothing is copied.',
    'Without an argument it only takes in what has changed in the directories of unit files. That is needed, instead of systemctl --user daemon-reload, where bryo was installed by an ordinary user: systemd looks for generators in directories of the administrator only, so the services are written to ~/.local/share/systemd/user by this command.',
  ],
  examples: [
    { command: 'bryo quadlet install web.container', says: 'then: systemctl --user start web' },
    { command: 'bryo quadlet install', says: 'after unit files were edited' },
  ],
  async run(invocation) {
    const { context, args } = invocation;
    const circumstances = searchCircumstances();
    const product = await thisProduct(invocation.commands);
    if (args.length > 0) {
      const installed = installUnits(args, allUnits(circumstances), {
        circumstances,
        product,
        replace: invocation.flag('replace'),
      });
      for (const path of installed) printLine(context, path);
    }
    const left = leftToPodman();
    if (left !== null) context.stderr.write(`Warning: ${left}\n`);
    const reload = invocation.flag('reload-systemd');
    const converted = refreshServices({ circumstances, product, reload });
    for (const problem of converted.flatMap(({ problems }) => problems)) {
      context.stderr.write(`${problemText(problem)}\n`);
    }
    return converted.some(({ service }) => service === null) ? 1 : 0;
  },
});
