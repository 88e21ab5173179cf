import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../support/product.ts';

/** A command line and what it changes. */
export interface GoldenCase {
  /** As in a shell, in the quotes of unit files. */
  line: string;
  changes: readonly string[];
}

function goldenPath(name: string): string {
  return join(projectDir, 'test', 'plan', `${name}.golden`);
}

/** Reads test/plan/NAME.golden: cases that begin with `$ ` and a command line. */
export function readGolden(name: string): GoldenCase[] {
  const cases: { line: string; changes: string[] }[] = [];
  for (const line of readFileSync(goldenPath(name), 'utf8').split('\n')) {
    if (line.startsWith('$ ')) cases.push({ line: line.slice(2), changes: [] });
    else if (line !== '' && !line.startsWith('#')) cases.at(-1)?.changes.push(line);
  }
  return cases;
}

/** The text before the first case: what the file is. */
function headOf(name: string): string {
  const text = readFileSync(goldenPath(name), 'utf8');
  return text.slice(0, text.indexOf('$ '));
}

/** Writes what the cases change today; for `npm run golden` after a change that is meant. */
export function writeGolden(name: string, cases: readonly GoldenCase[]): void {
  const texts = cases.map(({ line, changes }) => `$ ${line}\n${changes.join('\n')}\n`);
  writeFileSync(goldenPath(name), headOf(name) + texts.join('\n'));
}
