import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';

const sandbox = new Sandbox();
const text = 'FROM hello\nRUN echo made > /made\nRUN echo more > /more\n';
const directory = buildContext(sandbox, 'context', { Containerfile: text });
const out = sandbox.makeDirectory('out');

function build(...flags: string[]): string {
  return sandbox.ok('build', '--jobs', '1', ...flags, directory);
}

function inspect(image: string) {
  return JSON.parse(sandbox.ok('inspect', '--type', 'image', image))[0];
}

function namesOf(archive: string): string[] {
  return spawnSync('tar', ['-tf', archive], { encoding: 'utf8' }).stdout.split('\n');
}

t.test('files go into a directory or an archive', async (t) => {
  build('--output', `type=local,dest=${join(out, 'tree')}`);
  t.equal(readFileSync(join(out, 'tree/made'), 'utf8'), 'made\n');
  build('--output', `type=tar,dest=${join(out, 'files.tar')}`);
  t.ok(namesOf(join(out, 'files.tar')).some((name) => /^(\.\/)?more$/.test(name)));
});

t.test('images go into archives that can be loaded again', async (t) => {
  for (const type of ['oci', 'docker']) {
    const archive = join(out, `${type}.tar`);
    build('-t', `as-${type}`, '--output', `type=${type},dest=${archive}`);
    const id = inspect(`as-${type}`).Id;
    t.ok(namesOf(archive).includes(type === 'oci' ? 'oci-layout' : 'manifest.json'));
    sandbox.ok('rmi', `as-${type}`);
    t.equal(sandbox.run(['load', '-q', '-i', archive]).code, 0);
    t.equal(inspect(id).Id, id);
  }
  t.equal(sandbox.run(['build', '--output', 'type=nothing,dest=x', directory]).code, 125);
});

t.test('--iidfile and --metadata-file tell of the image', async (t) => {
  const [iid, metadata] = [join(out, 'iid'), join(out, 'metadata.json')];
  build('-t', 'told', '--iidfile', iid, '--metadata-file', metadata);
  const { Id, Digest } = inspect('told');
  t.equal(readFileSync(iid, 'utf8'), `sha256:${Id}`);
  t.match(JSON.parse(readFileSync(metadata, 'utf8')), {
    'containerimage.digest': Digest,
    'containerimage.config.digest': `sha256:${Id}`,
  });
});

t.test('layers are as many as are asked for', async (t) => {
  const layers = inspect('hello').RootFS.Layers.length;
  const count = (...flags: string[]): number => {
    build('-t', 'counted', ...flags);
    return inspect('counted').RootFS.Layers.length;
  };
  t.equal(count(), layers + 2);
  t.equal(count('--squash'), layers + 1);
  t.equal(count('--squash-all'), 1);
  t.equal(count('--layers=false'), layers + 1);
});

t.test('a cache goes by a directory into another store', async (t) => {
  const cache = join(out, 'cache');
  build('--cache-to', `type=local,dest=${cache}`);
  const other = new Sandbox();
  try {
    const args = ['build', '--jobs', '1', '--cache-from', `type=local,src=${cache}`, directory];
    t.match(other.ok(...args), /Using cache.*Using cache/s);
  } finally {
    t.same(other.close(), []);
  }
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
