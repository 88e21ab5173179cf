// Scripts that shells have for podman ask in the protocol of cobra's completions.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();

interface Answer {
  words: string[];
  directive: string;
}

/** What is suggested after these words; the last one is the beginning of what is asked for. */
function ask(words: readonly string[], env: Record<string, string> = {}): Answer {
  const [flags, verb] = [sandbox.flags, '__completeNoDesc'];
  const { code, stdout, stderr } = sandbox.run([verb, ...flags, ...words], { env, bare: true });
  const [, directive = ''] =
    /^Completion ended with directive: ShellCompDirective(\w+)\n$/.exec(stderr) ?? [];
  const lines = stdout.split('\n').slice(0, -1);
  const number = { Default: ':0', NoSpace: ':2', NoFileComp: ':4' }[directive];
  if (code !== 0 || number === undefined || lines.at(-1) !== number) {
    throw new Error(`${words.join(' ')}: ${code} ${stdout} ${stderr}`);
  }
  return { words: lines.slice(0, -1), directive };
}

const none = { words: [], directive: 'NoFileComp' };
const files = { words: [], directive: 'Default' };

t.test('verbs and nouns', async (t) => {
  const top = new Set(ask(['']).words);
  for (const word of ['run', 'ps', 'volume', 'help']) t.ok(top.has(word), word);
  t.same(ask(['rena']), { words: ['rename'], directive: 'NoFileComp' });
  t.same(ask(['volume', 'ex']).words, ['export', 'exists']);
  t.same(ask(['no-such', '']), none);
  t.same(ask(['volume', 'no-such', '']), none);
});

t.test('flags and their values', async (t) => {
  t.same(ask(['run', '--rm']), { words: ['--rm', '--rmi'], directive: 'NoFileComp' });
  t.ok(ask(['run', '-']).words.includes('-d'));
  t.same(ask(['run', '--pull', 'n']).words, ['never', 'newer']);
  t.same(ask(['run', '--pull=n']).words, ['never', 'newer']);
  t.same(ask(['run', '--label-file', '']), files);
  t.same(ask(['run', '--env', '']), none);
  t.same(ask(['--log-level', 'tr']).words, ['trace']);
  t.same(ask(['run', '--no-such', '']), none);
  t.same(ask(['run', 'hello', '-']), files, 'the words of the command in the container');
  const own = sandbox.makeDirectory('home');
  const modules = join(own, 'containers', 'containers.conf.modules');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, 'b-module'), '');
  writeFileSync(join(modules, 'a-module'), '');
  t.same(ask(['--module', ''], { XDG_CONFIG_HOME: own }).words.slice(0, 2), [
    'a-module',
    'b-module',
  ]);
});

t.test('names', async (t) => {
  sandbox.ok('create', '--name', 'box', 'hello', 'true');
  sandbox.ok('volume', 'create', 'data');
  sandbox.ok('network', 'create', 'lan');
  sandbox.ok('pod', 'create', '--name', 'group');
  t.ok(ask(['rm', '']).words.includes('box'));
  t.same(ask(['rm', '--force', 'x', 'bo']).words, ['box']);
  t.same(ask(['cp', 'bo']), { words: ['box:'], directive: 'NoSpace' });
  t.same(ask(['volume', 'rm', '']).words, ['data']);
  t.same(ask(['run', '--network', 'la']).words, ['lan']);
  t.same(ask(['network', 'connect', 'lan', 'bo']).words, ['box']);
  t.same(ask(['pod', 'rm', '']).words, ['group']);
  t.same(ask(['run', '']).words, ['localhost/hello:latest']);
  t.same(ask(['run', 'he']).words, ['hello:latest']);
  const id = sandbox.ok('images', '-q').trim();
  t.same(ask(['rmi', id.slice(0, 2)]).words, [id]);
  t.same(ask(['rename', 'box', '']), none, 'a new name is nobody’s yet');
  t.same(ask(['rename', 'box', 'new', '']), none, 'there is no third argument');
  t.same(ask(['ps', '']), none);
});

t.test('descriptions are behind a tab', async (t) => {
  const { stdout } = sandbox.run(['__complete', 'volume', 'rm', '--forc'], { bare: true });
  t.match(stdout, /^--force\t[^\t\n]+\n:4\n$/);
});

t.test('nothing is left behind', async (t) => {
  sandbox.ok('pod', 'rm', '-f', 'group');
  sandbox.ok('rm', 'box');
  sandbox.ok('volume', 'rm', 'data');
  sandbox.ok('network', 'rm', 'lan');
  t.same(sandbox.close(), []);
});
