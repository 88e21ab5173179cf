/** Writes what is generated from the tables of this folder: `bun src/plan/generate.ts PROJECT`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchPlanPage } from './document.ts';
import { generatedFiles } from './generated-files.ts';

const [, , project] = process.argv;
if (project === undefined) throw new Error('usage: generate.ts PROJECT');
for (const [path, text] of Object.entries(generatedFiles())) {
  writeFileSync(join(project, path), text);
}
const page = join(project, 'docs', 'launch-plan.md');
writeFileSync(page, launchPlanPage(readFileSync(page, 'utf8')));
