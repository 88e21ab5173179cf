import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const module = fileURLToPath(new URL('../../../src/cli/output.js', import.meta.url));

/** Writes a megabyte into a pipeline; prints its status and what `reader` prints. */
function writeInto(reader: string, before = ':'): string {
  const writer = `import(${JSON.stringify(module)}).then((m) => m.stdout.write('x'.repeat(1e6)))`;
  const script = `(${before}; "$0" -e "$1"; echo "status $?" >&2) | ${reader}`;
  const result = spawnSync('sh', ['-c', script, process.execPath, writer], { encoding: 'utf8' });
  return `${result.stdout.trim()} ${result.stderr.trim()}`;
}

t.test('a pipe that does not block is waited for', (t) => {
  const setFlag = "python3 -c 'import os; os.set_blocking(1, False)'";
  t.equal(writeInto('(sleep 0.2; wc -c)', setFlag), '1000000 status 0');
  t.end();
});

t.test('a reader that leaves ends the command without a word', (t) => {
  t.equal(writeInto('head -c 1'), 'x status 141');
  t.end();
});
