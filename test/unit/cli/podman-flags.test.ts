/**
 * test/data/podman-flags.json has the verbs of podman 5.4.2 and the flags that their help shows; those that all verbs
 * have are under an empty name.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { commands, hiddenCommands } from '../../../src/cli/commands.ts';
import { findCommand } from '../../../src/cli/find-command.ts';
import { globalOptions } from '../../../src/cli/global-options.ts';
import { refusedGlobals } from '../../../src/cli/refused-globals.ts';
import { refusalOf } from '../../../src/cli/refused-verbs.ts';
import { projectDir } from '../../support/product.ts';

const file = join(projectDir, 'test', 'data', 'podman-flags.json');
const { '': shared = '', ...verbs } = JSON.parse(readFileSync(file, 'utf8')) as Record<
  string,
  string
>;

t.test('every flag before the verb works or says why not', async (t) => {
  const all = new Set([...globalOptions.map(({ name }) => name), ...Object.keys(refusedGlobals)]);
  t.same(
    shared.split(' ').filter((flag) => !all.has(flag)),
    [],
  );
});

t.test('every verb and flag of podman works or says why not', async (t) => {
  for (const [verb, flags] of Object.entries(verbs)) {
    const found = findCommand([...commands, ...hiddenCommands], verb.split(' '));
    if (found === null) {
      t.match(refusalOf(verb.split(' ')), /^bryo .* is not supported: /, verb);
      continue;
    }
    const spec = await found.entry.load();
    const known = spec.options.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    const all = new Set([...known, ...Object.keys(spec.refused ?? {})]);
    t.same(
      flags.split(' ').filter((flag) => flag !== '' && !all.has(flag)),
      [],
      verb,
    );
  }
});
