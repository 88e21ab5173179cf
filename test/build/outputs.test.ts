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

t.test('a cache has what the image consists of, or all with mode=max', async (t) => {
  const two = [
    'FROM hello AS first',
    'RUN echo one > /one',
    'FROM hello AS below',
    'LABEL below=1',
    'FROM below',
    'COPY --from=first /one /two',
  ];
  const staged = buildContext(sandbox, 'staged', { Containerfile: two.join('\n') });
  const wordsIn = (name: string): string[] => {
    const index = readFileSync(join(out, name, 'bryo-build-cache.json'), 'utf8');
    const steps = Object.values(JSON.parse(index) as Record<string, { words: string }>);
    return [
      ...new Set(steps.map(({ words }) => words.replace(/.*\) |[:#].*| echo.*/g, ''))),
    ].sort();
  };
  const to = (name: string, mode = '') => [
    '--cache-to',
    `type=local,dest=${join(out, name)}${mode}`,
  ];
  sandbox.ok('build', ...to('usual'), ...to('min', ',mode=min'), ...to('max', ',mode=max'), staged);
  t.same(wordsIn('usual'), wordsIn('min'));
  const more = wordsIn('max').filter((words) => !wordsIn('min').includes(words));
  t.equal(wordsIn('min').length, 2, 'of the target and of the stage below it');
  t.match(more, [/^\/bin\/sh -c/], 'and the command of the other one');
});

t.test('--output type=image gives a name, and without one nothing can be pushed', async (t) => {
  build('--output', 'type=image,name=named-so');
  t.ok(inspect('named-so').RepoTags.includes('localhost/named-so:latest'));
  const { code, stderr } = sandbox.run(['build', '--output', 'type=image,push=true', directory]);
  t.match({ code, stderr }, { code: 125, stderr: /--push needs a name: --tag/ });
  for (const type of ['type=image,push=true', 'type=registry']) {
    const away = ['build', '--output', `${type},name=127.0.0.1:1/x`, directory];
    t.match(sandbox.run(away), { code: 125, stderr: /127\.0\.0\.1:1/ }, type);
  }
});

t.test('a directory without a cache is told', async (t) => {
  const flags = ['--cache-from', `type=local,src=${directory}/none`];
  const { code, stderr } = sandbox.run(['build', ...flags, directory]);
  t.equal(code, 0);
  t.match(
    stderr,
    /nothing is taken from --cache-from \S+\/none: there is no bryo-build-cache\.json/,
  );
});

t.test('what has no effect is told', async (t) => {
  t.match(sandbox.run(['build', '--rm=false', directory]), { code: 0, stderr: /--rm=false: / });
  t.notMatch(sandbox.run(['build', '--rm', directory]).stderr, /--rm/);
  const flagged = sandbox.run(['--runtime-flag', 'debug', 'build', directory]);
  t.match(flagged, { code: 1, stderr: /--runtime-flag debug: RUN runs in bryo's own containers/ });
});

t.test('nothing is left', async (t) => {
  t.same(sandbox.close(), []);
});
