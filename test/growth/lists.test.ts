// Whatever the caller or an image can make long costs in proportion to its length.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { costOf, growthProblem, programArgv } from '../support/growth.ts';
import { imageWith } from '../support/image-with.ts';

const sizes = [10, 1000, 10_000, 50_000];
const sandbox = new Sandbox();
const files = sandbox.makeDirectory('files');

function list(size: number, item: (index: number) => string): string[] {
  return Array.from({ length: size }, (_, index) => item(index));
}

function object<T>(size: number, key: (index: number) => string, value: T): Record<string, T> {
  return Object.fromEntries(list(size, key).map((name) => [name, value]));
}

/** Measures a command at each size; gives what it said at the largest. */
function grows(
  t: Test,
  what: string,
  argsOf: (size: number) => readonly string[],
  counts: readonly number[] = sizes,
): string {
  let last = '';
  const seconds = counts.map((size) => {
    const cost = costOf(programArgv(sandbox, argsOf(size)));
    t.same([cost.code, cost.stderr.slice(0, 500)], [0, ''], `${what}, ${size}`);
    last = cost.stdout;
    return cost.seconds;
  });
  t.equal(growthProblem(counts, seconds), null, what);
  return last;
}

const run = ['run', '--rm', '--network', 'none'];

t.test('words of the command', async (t) => {
  const numbers = (size: number) => list(size, String);
  const said = grows(t, 'run', (size) => [...run, 'hello', 'echo', ...numbers(size)]);
  t.equal(said, `${numbers(50_000).join(' ')}\n`, 'all of them arrive, in their order');
  grows(t, 'create', (size) => ['create', 'hello', 'echo', ...numbers(size)]);
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'up', 'hello', 'sleep', '1000');
  grows(t, 'exec', (size) => ['exec', 'up', 'echo', ...numbers(size)]);
});

t.test('variables, each an option', async (t) => {
  const variables = (size: number) => list(size, (i) => `-eV${i}=${i}`);
  const said = grows(t, 'run', (size) => [...run, ...variables(size), 'hello', 'env']);
  t.match(said, /^V0=0$/m);
  t.match(said, /^V49999=49999$/m);
  grows(t, 'exec', (size) => ['exec', ...variables(size), 'up', 'true']);
  sandbox.ok('rm', '-f', '-t', '0', 'up');
});

/** Options that may be given again and again, in groups that are measured together. */
const groups: readonly ((index: number) => string)[][] = [
  [
    (i) => `--label=l${i}=1`,
    (i) => `--annotation=a${i}=1`,
    (i) => `--group-add=${i + 1}`,
    (i) => `--ulimit=nofile=${i + 100}:${i + 100}`,
  ],
  [
    (i) => `--volume=/etc:/v${i}`,
    (i) => `--tmpfs=/t${i}`,
    (i) => `--mount=type=bind,src=/etc,dst=/m${i}`,
    (i) => `--device=/dev/null:/dev/n${i}`,
  ],
  [
    (i) => `--publish=${(i % 50_000) + 1024}:${(i % 50_000) + 1}`,
    (i) => `--add-host=h${i}:10.0.0.1`,
    (i) => `--dns=10.0.${(i >> 8) & 255}.${i & 255}`,
    (i) => `--expose=${(i % 50_000) + 1}`,
  ],
];

t.test('options of create', async (t) => {
  for (const kinds of groups) {
    const what = kinds.map((kind) => kind(0).replace(/=.*/, '')).join(' ');
    grows(t, what, (size) => [
      'create',
      ...list(size, (i) => kinds[i % kinds.length]?.(i) ?? ''),
      'hello',
    ]);
  }
});

t.test('lines of files', async (t) => {
  const path = (name: string, size: number) => {
    const file = join(files, `${name}${size}`);
    writeFileSync(file, list(size, (i) => `${name}${i}=${i}\n`).join(''));
    return file;
  };
  grows(t, '--env-file', (size) => [...run, '--env-file', path('E', size), 'hello', 'true']);
  grows(t, '--label-file', (size) => ['create', '--label-file', path('l', size), 'hello']);
});

t.test('filters', async (t) => {
  const filters = (size: number) => list(size, (i) => `--filter=label=l${i}`);
  const counts = [10, 1000, 10_000];
  grows(t, 'ps', (size) => ['ps', '-a', '--format', '{{.ID}}', ...filters(size)], counts);
  grows(t, 'images', (size) => ['images', '-q', ...filters(size)], counts);
});

t.test('lists in the configuration of an image', async (t) => {
  const settings = (size: number) => ({
    Env: list(size, (i) => `V${i}=1`),
    Labels: object(size, (i) => `l${i}`, '1'),
    ExposedPorts: object(size, (i) => `${i + 1}/tcp`, {}),
    Volumes: {},
  });
  for (const size of sizes) {
    const layout = join(files, `layout${size}`);
    imageWith(layout, `long${size}:1`, settings(size));
    sandbox.ok('load', '-q', '-i', layout);
  }
  const name = (size: number) => `localhost/long${size}:1`;
  grows(t, 'image inspect', (size) => ['image', 'inspect', name(size)]);
  grows(t, 'run', (size) => [...run, name(size), 'true']);
  grows(t, 'create --publish-all', (size) => ['create', '-P', '--name', `c${size}`, name(size)]);
  grows(t, 'container inspect', (size) => ['container', 'inspect', `c${size}`]);
});

t.test('names of an image', async (t) => {
  const names = (size: number) => list(size, (i) => `localhost/many:t${i}`);
  const counts = [10, 1000, 20_000];
  grows(t, 'tag', (size) => ['tag', 'hello', ...names(size)], counts);
  const said = sandbox.ok('image', 'inspect', '--format', '{{len .RepoTags}}', 'hello');
  t.equal(said, '20001\n', 'with that the store is still whole');
  grows(
    t,
    'untag',
    (size) => ['untag', 'hello', ...names(20_000).slice(size - 10, 2 * size - 20)],
    [20, 1000, 10_000],
  );
});

t.test('files that a container has changed', async (t) => {
  const counts = [10, 1000, 20_000];
  const directory = 'x'.repeat(80);
  const fill = (id: string, count: number, text: string) => {
    const container = join(sandbox.root, 'containers', id);
    const path = join(container, 'upper', directory);
    mkdirSync(path);
    for (let i = 0; i < count; i += 1) writeFileSync(join(path, `file-${i}`), text);
    spawnSync('chown', ['-R', `--reference=${join(container, 'record.json')}`, path]);
  };
  for (const count of counts) {
    const id = sandbox.ok('create', 'hello').trim();
    fill(id, count, '');
    sandbox.ok('commit', '-q', id, `files:${count}`);
    const next = sandbox.ok('create', '--name', `changed${count}`, `files:${count}`).trim();
    fill(next, count, 'other');
  }
  const added = grows(t, 'image diff', (size) => ['image', 'diff', `files:${size}`], counts);
  t.equal(added.match(/^A \/x{80}\/file-\d+$/gm)?.length, 20_000);
  const changed = grows(t, 'diff', (size) => ['diff', `changed${size}`], counts);
  t.equal(changed.match(/^C \/x{80}\/file-\d+$/gm)?.length, 20_000);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
