import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApi } from '../../api/openapi.ts';
import { routes } from '../../api/routes.ts';
import { routesPage } from '../../api/routes-page.ts';
import { version } from '../../base/version.ts';
import { commands } from '../commands.ts';
import { globalOptions } from '../global-options.ts';
import { thisProduct } from '../quadlet/circumstances.ts';
import { runtimeCommands } from '../runtime/commands.ts';
import { runtimeOptions } from '../runtime/run-runtime.ts';
import { completionScript } from './completions.ts';
import { configPage } from './config-page.ts';
import { commandPage, overviewPage, runtimePage } from './man.ts';
import { nounPage, pagedNouns } from './noun-page.ts';
import { unitPage } from './unit-page.ts';

/** Writes man pages, completions and the API's description: `main.js MAN-DIRECTORY COMPLETION-DIRECTORY DOCS-DIRECTORY`. */
async function main([
  manDirectory = 'man',
  completionDirectory = 'dist/completions',
  docsDirectory = 'docs',
]: string[]) {
  const specs = await Promise.all(commands.map(({ load }) => load()));
  mkdirSync(manDirectory, { recursive: true });
  mkdirSync(completionDirectory, { recursive: true });
  for (const spec of specs) {
    writeFileSync(join(manDirectory, `bryo-${spec.name}.1`), commandPage(spec, version));
  }
  for (const noun of pagedNouns(specs)) {
    writeFileSync(join(manDirectory, `bryo-${noun}.1`), nounPage(noun, specs, version));
  }
  const runtime = await Promise.all(runtimeCommands.map(({ load }) => load()));
  const page = runtimePage(runtime, runtimeOptions, version);
  writeFileSync(join(manDirectory, 'bryo-oci.1'), page);
  writeFileSync(join(manDirectory, 'bryo.1'), overviewPage(specs, globalOptions, version));
  writeFileSync(
    join(manDirectory, 'bryo-systemd.unit.5'),
    unitPage(await thisProduct(commands), version),
  );
  writeFileSync(join(manDirectory, 'bryo-containers.conf.5'), configPage(version));
  writeFileSync(
    join(docsDirectory, 'openapi.json'),
    `${JSON.stringify(await openApi(routes), null, 2)}\n`,
  );
  writeFileSync(join(docsDirectory, 'routes.md'), await routesPage(routes));
  const files = { bash: 'bryo', zsh: '_bryo', fish: 'bryo.fish' } as const;
  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    const script = completionScript(shell, specs, globalOptions);
    writeFileSync(join(completionDirectory, files[shell]), script);
  }
}

await main(process.argv.slice(2));
