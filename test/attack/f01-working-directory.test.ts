/**
 * A checkout of somebody else's is where `bryo` is run: nothing that lies there may be run with it.
 * Executables that `bun build --compile` makes without further flags fall for all of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

t.test('a hostile working directory', async (t) => {
  const sandbox = new Sandbox();
  const directory = sandbox.makeDirectory('checkout');
  const mark = join(directory, 'victim');
  const trojan = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');\n`;
  const files: Record<string, string> = {
    'bunfig.toml': 'preload = ["./trojan.js"]\n',
    'trojan.js': trojan,
    'index.js': trojan,
    '.env': 'FROM_FILE=1\nHOME=/nowhere\n',
    '.env.local': 'FROM_FILE=1\n',
    'package.json': '{"main": "trojan.js", "imports": {"node:fs": "./trojan.js"}}\n',
    'tsconfig.json': '{"compilerOptions": {"paths": {"*": ["./trojan.js"]}}}\n',
    '.npmrc': 'node-options=--require ./trojan.js\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const run = (...args: string[]) => {
    const [program = '', ...rest] = sandbox.argv(args);
    return spawnSync(program, rest, { encoding: 'utf8', cwd: directory });
  };
  t.match(run('version'), { status: 0, stderr: '' });
  const { status, stdout, stderr } = run('run', '--rm', '-e', 'FROM_FILE', 'hello', 'env');
  t.equal(status, 0, stderr);
  t.notMatch(stdout, /FROM_FILE|BUN_/);
  t.notOk(existsSync(mark));
  t.same(sandbox.close(), []);
});
