import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';

const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];

function inspect(image: string) {
  return JSON.parse(sandbox.ok('inspect', '--type', 'image', image))[0];
}

t.test('a new layer has what the container changed, and nothing else', async (t) => {
  const script = [
    'echo new > /etc/new',
    'rm -r /var/tmp',
    'mkdir -p /opt/a && ln -s a /opt/l && ln /etc/new /opt/hard',
    'chown 7:8 /opt/a && chmod 2750 /opt/a',
  ].join(' && ');
  sandbox.ok('run', '--name', 'k', '--network', 'none', '-e', 'X=1', 'hello', 'sh', '-c', script);
  const flags = ['-a', 'me', '-c', 'CMD ["cat","/etc/new"]', '-c', 'ENV Y=2'];
  const id = sandbox.ok('commit', ...flags, 'k', 'mine:1').trim();
  const image = inspect('mine:1');
  t.equal(image.Id, id);
  t.same(image.RootFS.Layers.slice(0, -1), inspect('hello').RootFS.Layers);
  t.match(image, { Author: 'me', Config: { Cmd: ['cat', '/etc/new'] } });
  t.match(image.History.at(-1), { created_by: /echo new/ });
  t.equal(sandbox.ok(...quick, 'mine:1'), 'new\n');
  const look =
    'echo $X$Y; stat -c "%a %u %g" /opt/a; readlink /opt/l; cat /opt/hard; ls -d /var/tmp';
  const { stdout, stderr } = sandbox.run([...quick, 'mine:1', 'sh', '-c', look]);
  t.equal(stdout, '12\n2750 7 8\na\nnew\n');
  t.match(stderr, /\/var\/tmp: No such file/);
});

t.test('diff tells the same', async (t) => {
  const lines = sandbox.ok('diff', 'k').split('\n');
  for (const line of ['C /etc', 'A /etc/new', 'D /var/tmp', 'A /opt/hard']) {
    t.ok(lines.includes(line), line);
  }
  t.notOk(lines.includes('A /etc/hosts'), 'mount points are no changes');
  t.ok(sandbox.ok('diff', 'mine:1').split('\n').includes('D /var/tmp'), 'of an image, too');
  t.match(JSON.parse(sandbox.ok('diff', '--format', 'json', 'k')), { deleted: ['/var/tmp'] });
  t.match(sandbox.run(['diff', 'nothing']), { code: 125, stderr: /no such container or image/ });
});

t.test('diff looks at nothing behind a link of a lower layer', async (t) => {
  const script = ['ln -s /etc /link', 'rm /link && mkdir /link && touch /link/passwd'];
  for (const [index, command] of script.entries()) {
    const image = index === 0 ? 'hello' : 'link';
    sandbox.ok('run', '--name', 'l', '--network', 'none', image, 'sh', '-c', command);
    if (index === 0) sandbox.ok('commit', 'l', 'link');
    if (index === 1) t.match(sandbox.ok('diff', 'l'), /^A \/link\/passwd$/m);
    sandbox.ok('rm', 'l');
  }
});

t.test('of a running container, with an id file and without a name', async (t) => {
  sandbox.ok('run', '-d', '--name', 'r', '--network', 'none', 'hello', 'sleep', '1000');
  sandbox.ok('exec', 'r', 'sh', '-c', 'echo live > /live');
  const path = join(sandbox.makeDirectory('ids'), 'id');
  const id = sandbox.ok('commit', '--iidfile', path, 'r').trim();
  t.equal(readFileSync(path, 'utf8'), `sha256:${id}`);
  t.equal(sandbox.ok(...quick, id, 'cat', '/live'), 'live\n');
  sandbox.run(['rm', '-f', '-t', '0', 'r']);
});

t.test('a commit of a commit, saved and loaded again', async (t) => {
  sandbox.ok('run', '--name', 'two', '--network', 'none', 'mine:1', 'sh', '-c', 'rm /etc/new');
  sandbox.ok('commit', '-c', 'CMD ls /etc', 'two', 'mine:2');
  sandbox.ok('rm', 'two', 'k');
  const archive = join(sandbox.directory, 'ids', 'saved.tar');
  sandbox.ok('save', '-o', archive, 'mine:2');
  sandbox.ok('rmi', 'mine:2', 'mine:1');
  sandbox.ok('load', '-q', '-i', archive);
  t.notMatch(sandbox.ok(...quick, 'mine:2'), /^new$/m);
});

t.test('squashed, in the format of docker, with the volumes', async (t) => {
  const script = 'echo new > /etc/new; rm -r /var/tmp';
  const flags = ['--name', 's', '--network', 'none', '-v', '/data'];
  sandbox.ok('run', ...flags, 'hello', 'sh', '-c', script);
  sandbox.ok('commit', '-q', '-s', '--include-volumes', '-c', 'ONBUILD RUN x', 's', 'one:1');
  const squashed = inspect('one:1');
  t.equal(squashed.RootFS.Layers.length, 1);
  t.match(squashed.Config.Volumes, { '/data': {} });
  const look = 'cat /etc/new; test -d /var/tmp; echo $?';
  t.equal(sandbox.ok(...quick, 'one:1', 'sh', '-c', look), 'new\n1\n');
  t.match(sandbox.run(['commit', '-m', 'why', 's', 'two:1']), {
    code: 125,
    stderr: /messages are only compatible with the docker image format/,
  });
  sandbox.ok('commit', '-q', '-f', 'docker', '-m', 'why', 's', 'two:1');
  t.match(inspect('two:1').ManifestType, /docker.distribution.manifest.v2/);
  const layers = (image: string) => inspect(image).RootFS.Layers;
  sandbox.ok('commit', '-q', 's', 'three:1');
  t.same(layers('three:1'), layers('two:1'), 'the same content has the same digest');
  sandbox.ok('rm', '-v', 's');
});

t.test('what is mostly holes comes back from its image', async (t) => {
  // More than a layer may grow to from so little, if it were not zeros.
  const script = 'truncate -s 1200M /holes && echo end >> /holes';
  sandbox.ok('run', '--name', 'h', '--network', 'none', 'hello', 'sh', '-c', script);
  sandbox.ok('commit', '-q', 'h', 'holes');
  const archive = join(sandbox.directory, 'ids', 'holes.tar');
  sandbox.ok('save', '--format', 'oci-archive', '-o', archive, 'holes');
  sandbox.ok('rm', 'h');
  sandbox.ok('rmi', 'holes');
  sandbox.ok('load', '-q', '-i', archive);
  const look = 'tail -c 4 /holes; stat -c "%s %b" /holes';
  const [end, numbers = ''] = sandbox.ok(...quick, 'holes', 'sh', '-c', look).split('\n');
  const [size, blocks] = numbers.split(' ').map(Number);
  t.equal(end, 'end');
  t.equal(size, 1200 * 2 ** 20 + 4);
  t.ok(Number(blocks) * 512 < 2 ** 20, 'as holes');
  sandbox.ok('rmi', 'holes');
});

t.test('bad input', async (t) => {
  sandbox.ok('create', '--name', 'c', 'hello', 'true');
  const refuse = (args: string[], stderr: RegExp) =>
    t.match(sandbox.run(['commit', ...args]), { code: 125, stderr });
  refuse(['nothing'], /no such container/);
  refuse(['c', 'Upper'], /must be lowercase/);
  refuse(['-c', 'RUN x', 'c'], /RUN is not supported/);
  refuse(['--format', 'v2s1', 'c'], /oci or docker/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
