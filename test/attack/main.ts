import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { attackRows } from './rows.ts';

const runner = fileURLToPath(new URL('../run/main.js', import.meta.url));
let failed = false;
process.stdout.write(`${'row'.padEnd(12)}${'ids'.padEnd(40)}result\n`);
for (const { row, ids, file } of attackRows) {
  const result = spawnSync(process.execPath, [runner, file], { encoding: 'utf8' });
  const summary = result.stdout.trim().split('\n').at(-1) ?? '';
  if (result.status !== 0) failed = true;
  process.stdout.write(
    `${row.padEnd(12)}${ids.padEnd(40)}${result.status === 0 ? 'ok  ' : 'FAIL'} ${summary}\n`,
  );
}
process.exitCode = failed ? 1 : 0;
