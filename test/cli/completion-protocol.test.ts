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

/** Of cobra's directives. */
const numbers: Readonly<Record<string, string>> = {
  Default: ':0',
  NoSpace: ':2',
  NoFileComp: ':4',
  'NoSpace, ShellCompDirectiveNoFileComp': ':6',
};

/** What is suggested after these words; the last one is the beginning of what is asked for. */
function ask(words: readonly string[], env: Record<string, string> = {}): Answer {
  const [flags, verb] = [sandbox.flags, '__completeNoDesc'];
  const { code, stdout, stderr } = sandbox.run([verb, ...flags, ...words], { env, bare: true });
  const [, directive = ''] =
    /^Completion ended with directive: ShellCompDirective(\w+(?:, \w+)*)\n$/.exec(stderr) ?? [];
  const lines = stdout.split('\n').slice(0, -1);
  const number = numbers[directive];
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

t.test('fields of templates', async (t) => {
  const format = (...words: string[]) => ask(['inspect', ...words]).words;
  const state = ask(['inspect', 'box', '-f', '{{.Sta']);
  t.same(state.words, ['{{.State.', '{{.StaticDir}}']);
  t.equal(state.directive, 'NoSpace, ShellCompDirectiveNoFileComp');
  t.same(format('-f', '{{.Args}} {{.State.ExitC'), ['{{.Args}} {{.State.ExitCode}}']);
  t.same(format('--format={{json .HostConfig.Memory'), [
    '{{json .HostConfig.Memory}}',
    '{{json .HostConfig.MemoryReservation}}',
    '{{json .HostConfig.MemorySwap}}',
    '{{json .HostConfig.MemorySwappiness}}',
  ]);
  t.same(format('-f', 'j'), ['json']);
  t.same(format('hello', '-f', '{{.Diges'), ['{{.Digest}}']);
  t.same(format('data', '-f', '{{.Anon'), ['{{.Anonymous}}']);
  t.same(format('lan', '-f', '{{.DNSEn'), ['{{.DNSEnabled}}']);
  t.same(format('group', '-f', '{{.BlkioDeviceReadB'), ['{{.BlkioDeviceReadBps}}']);
  t.same(ask(['volume', 'inspect', '-f', '{{.Mountp']).words, ['{{.Mountpoint}}'], 'the first one');
  t.same(format('hel', '-f', '{{.Diges'), ['{{.Digest}}'], 'its name begins so');
  t.same(format('no-such', '-f', '{{.'), []);
  t.same(format('-f', '{{.State.ExitCode.'), [], 'a number has no fields');
  t.same(format('-f', 'State'), []);
});

t.test('paths of images and containers', async (t) => {
  const root = ask(['run', 'hello', '']);
  t.ok(root.words.includes('/bin/'), root.words.join(' '));
  t.equal(root.directive, 'NoSpace');
  t.same(ask(['create', 'hello', 'b']).words, ['bin/'], 'as it was begun');
  t.same(ask(['run', '--rm', 'hello', '../../bi']).words, ['../../bin/'], 'never out of the root');
  t.same(ask(['run', 'hello', '/bin/busy']), { words: ['/bin/busybox'], directive: 'Default' });
  t.same(ask(['run', 'none-such', '/']), files, 'of an image that is not there');
  t.same(ask(['run', '--rootfs', '/', '/']), files);
  t.same(ask(['cp', 'none']), files);
  t.same(ask(['cp', 'none:/']), files);
  const odd =
    'touch /tmp/one /tmp/only "/tmp/o$(printf \'\\033[2J\')"; mkdir /tmp/empty; ln -s / /tmp/up';
  sandbox.ok('run', '--name', 'full', 'hello', 'sh', '-c', odd);
  t.same(ask(['cp', 'full:/tmp/o']).words, ['full:/tmp/one', 'full:/tmp/only'], 'no controls');
  t.same(ask(['cp', 'x', 'full:/tmp/up/et']).words, ['full:/tmp/up/etc/']);
  t.same(ask(['cp', 'full:/tmp/empty']), { words: ['full:/tmp/empty/'], directive: 'NoSpace' });
  sandbox.ok('rm', 'full');
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
