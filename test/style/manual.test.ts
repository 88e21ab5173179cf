import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { version } from '../../src/base/version.ts';
import { commands } from '../../src/cli/commands.ts';
import { completionScript } from '../../src/cli/docs/completions.ts';
import { configPage } from '../../src/cli/docs/config-page.ts';
import { commandPage, overviewPage, runtimePage } from '../../src/cli/docs/man.ts';
import { nounPage, pagedNouns } from '../../src/cli/docs/noun-page.ts';
import { unitPage } from '../../src/cli/docs/unit-page.ts';
import { globalOptions } from '../../src/cli/global-options.ts';
import { commandHelp, overviewHelp } from '../../src/cli/help.ts';
import { thisProduct } from '../../src/cli/quadlet/circumstances.ts';
import { runtimeCommands } from '../../src/cli/runtime/commands.ts';
import { runtimeCommandHelp } from '../../src/cli/runtime/help.ts';
import { runtimeOptions } from '../../src/cli/runtime/run-runtime.ts';
import { spelling } from '../../src/cli/spelling.ts';
import { configKeys } from '../../src/config/keys/table.ts';
import { keyTable } from '../../src/quadlet/keys/table.ts';
import { projectDir } from '../support/product.ts';

const specs = await Promise.all(commands.map(({ load }) => load()));

t.test('names and flags are unambiguous', async (t) => {
  for (const spec of specs) {
    const names = spec.options.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    t.equal(new Set(names).size, names.length, `${spec.name}: long flags`);
    const letters = spec.options.flatMap(({ short }) => short ?? []);
    t.equal(new Set(letters).size, letters.length, `${spec.name}: short flags`);
  }
});

t.test('every flag is documented in help, man page and completions', async (t) => {
  const scripts = (['bash', 'zsh', 'fish'] as const).map((shell) =>
    completionScript(shell, specs, globalOptions),
  );
  for (const spec of specs) {
    const page = readFileSync(join(projectDir, 'man', `bryo-${spec.name}.1`), 'utf8');
    t.equal(
      page,
      commandPage(spec, version),
      `man/bryo-${spec.name}.1 is up to date: npm run docs`,
    );
    const help = commandHelp(spec);
    for (const { name, help: text } of spec.options) {
      t.ok(text.length > 5, `${spec.name} --${name} says what it does`);
      t.ok(help.includes(`--${name}`), `${spec.name} --help has --${name}`);
      t.ok(page.includes(`\\-\\-${name.replaceAll('-', '\\-')}`), `man page has --${name}`);
      t.ok(
        scripts.slice(0, 2).every((script) => script.includes(`--${name}`)),
        `completions have --${name}`,
      );
      t.ok(scripts[2]?.includes(`-l ${name}`), `fish has ${name}`);
    }
  }
});

t.test('every noun has a page with its commands', async (t) => {
  for (const noun of pagedNouns(specs)) {
    const page = readFileSync(join(projectDir, 'man', `bryo-${noun}.1`), 'utf8');
    t.equal(page, nounPage(noun, specs, version), `man/bryo-${noun}.1 is up to date: npm run docs`);
  }
  const help = await overviewHelp();
  const lost = specs.filter((spec) => !help.includes(`\n  ${spelling(spec)} `));
  t.same(lost, [], 'bryo --help has every command');
});

t.test('the runtime has one page with every command and flag', async (t) => {
  const runtime = await Promise.all(runtimeCommands.map(({ load }) => load()));
  const page = readFileSync(join(projectDir, 'man', 'bryo-oci.1'), 'utf8');
  t.equal(page, runtimePage(runtime, runtimeOptions, version), 'npm run docs');
  for (const command of runtime) {
    const help = runtimeCommandHelp(command);
    for (const { name } of command.options) {
      t.ok(help.includes(`--${name}`), `${command.name} --help has --${name}`);
      t.ok(page.includes(`\\-\\-${name.replaceAll('-', '\\-')}`), `the page has --${name}`);
    }
  }
});

t.test('the page on unit files has every key', async (t) => {
  const page = readFileSync(join(projectDir, 'man', 'bryo-systemd.unit.5'), 'utf8');
  t.equal(page, unitPage(await thisProduct(commands), version), 'npm run docs');
  for (const { name, help } of Object.values(keyTable).flat()) {
    t.ok(page.includes(name), `${name}=`);
    t.ok(help.length > 5, `${name}= says what it does`);
  }
});

t.test('the page on containers.conf has every key', async (t) => {
  const page = readFileSync(join(projectDir, 'man', 'bryo-containers.conf.5'), 'utf8');
  t.equal(page, configPage(version), 'npm run docs');
  for (const { name, use } of configKeys.values()) {
    t.ok(page.includes(name) || page.includes(`\\fB${name.replace(/^\w+\./, '')}\\fP`), name);
    if (use.kind !== 'flag') continue;
    for (const verb of use.verbs) {
      const flags = specs.find((spec) => spec.name === verb)?.options.map((option) => option.name);
      t.ok(flags?.includes(use.flag), `${name}: ${verb} has --${use.flag}`);
      t.ok(
        use.unless.some((other) => flags?.includes(other)) || use.unless.length === 0,
        `${name}: ${verb} has one of the flags beside which it does not count`,
      );
    }
  }
});

t.test('the overview and no page without a command', async (t) => {
  const page = readFileSync(join(projectDir, 'man', 'bryo.1'), 'utf8');
  t.equal(page, overviewPage(specs, globalOptions, version));
  const expected = [
    'bryo.1',
    'bryo-oci.1',
    'bryo-systemd.unit.5',
    'bryo-containers.conf.5',
    ...specs.map(({ name }) => `bryo-${name}.1`),
    ...pagedNouns(specs).map((noun) => `bryo-${noun}.1`),
  ];
  t.same(readdirSync(join(projectDir, 'man')).sort(), expected.sort());
});
