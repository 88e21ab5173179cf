/**
 * Variables that the JavaScript engine obeys, in the environment of whoever calls `bryo`: they are for
 * programs of the caller's, and the engine is no business of theirs.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

t.test('an environment that is meant for JavaScript engines', async (t) => {
  const sandbox = new Sandbox();
  const directory = sandbox.makeDirectory('scripts');
  const mark = join(directory, 'victim');
  const trojan = join(directory, 'trojan.js');
  writeFileSync(trojan, `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '');\n`);
  const hostile: Record<string, string>[] = [
    { BUN_OPTIONS: `--preload=${trojan}` },
    { BUN_OPTIONS: '--nonsense' },
    { BUN_BE_BUN: '1' },
    { BUN_INSPECT: '127.0.0.1:0' },
    { BUN_INSPECT_PRELOAD: trojan },
    { BUN_JSC_useJIT: 'nonsense', BUN_JSC_dumpOptions: '2' },
    { BUN_JSC_forceRAMSize: '1', BUN_JSC_useLLInt: '0' },
    { BUN_CONFIG_VERBOSE_FETCH: 'curl' },
    { BUN_FEATURE_FLAG_INTERNAL_FOR_TESTING: '1' },
    { NODE_OPTIONS: `--require=${trojan}` },
    { NODE_CHANNEL_FD: '77' },
    { NODE_DEBUG: 'fs,net,child_process' },
    { NODE_V8_COVERAGE: directory },
    { MIMALLOC_VERBOSE: '1', MIMALLOC_SHOW_STATS: '1', MIMALLOC_SHOW_ERRORS: '1' },
    { UV_THREADPOOL_SIZE: '1024', GOMAXPROCS: '1024' },
    { LD_PRELOAD: '' },
  ];
  for (const env of hostile) {
    const what = JSON.stringify(env);
    t.same(sandbox.run(['ps', '-q'], { env }), { code: 0, stdout: '', stderr: '' }, what);
    const { code, stderr } = sandbox.run(['pull', '127.0.0.1:1/x'], { env });
    t.equal(code, 125, what);
    t.match(stderr, /^Error: [^\n]+\n$/, what);
  }
  t.notOk(existsSync(mark));
  t.same(sandbox.close(), []);
});

t.test('what the caller asks for by name is the caller’s', async (t) => {
  const sandbox = new Sandbox();
  const env = {
    NODE_OPTIONS: '--max-old-space-size=64',
    BUN_OPTIONS: '--smol',
    BUN_JSC_useJIT: '1',
    MIMALLOC_ALLOW_THP: '7',
    UV_THREADPOOL_SIZE: '9',
    LD_PRELOAD: '/lib/not-there.so',
  };
  const names = Object.keys(env).filter((name) => name !== 'LD_PRELOAD');
  const words = names.flatMap((name) => ['-e', name]);
  const run = ['run', '--rm', '--network', 'none'];
  const named = sandbox.run([...run, ...words, 'hello', 'env'], {
    env: { ...env, LD_PRELOAD: '' },
  });
  for (const name of names) t.match(named.stdout, `${name}=${env[name as keyof typeof env]}\n`);
  t.notMatch(named.stdout, /BRYO_/);
  const all = sandbox.run([...run, '--env-host', 'hello', 'env'], { env });
  for (const [name, value] of Object.entries(env)) t.match(all.stdout, `${name}=${value}\n`);
  t.notMatch(all.stdout, /BRYO_|bryo-engine/);
  const none = sandbox.run([...run, 'hello', 'env']);
  t.notMatch(none.stdout, /BUN_|NODE_|MIMALLOC_|UV_|LD_|BRYO_/);
  t.same(sandbox.close(), []);
});
