// Whatever the caller or an image can make long costs in proportion to its length.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeRecordFile } from '../../src/store/record-file.ts';
import { Sandbox } from '../support/bryo.ts';
import { costOf, growthProblem } from '../support/growth.ts';
import { imageWith } from '../support/image-with.ts';
import { productDirectory } from '../support/product.ts';
import { asTestUser } from '../support/user.ts';

const sizes = [10, 1000, 10_000, 50_000];
const sandbox = new Sandbox();
const files = sandbox.makeDirectory('files');

/** The program proper, as the front starts it: the front does not wait for it to end. */
function argv(args: readonly string[]): string[] {
  if (process.env['BRYO_UNDER_TEST'] === 'node') return sandbox.argv(args);
  const program = join(productDirectory(), 'dist', 'bryo-js');
  return asTestUser([program, ...sandbox.flags, ...args], { BUN_JSC_useJIT: '0' });
}

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
    const cost = costOf(argv(argsOf(size)));
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

/** Containers that were made by copying what `create` has written: real enough to be listed and removed. */
function copyContainer(id: string, count: number): string[] {
  const directory = join(sandbox.root, 'containers');
  const { sum: _sum, ...record } = JSON.parse(
    readFileSync(join(directory, id, 'record.json'), 'utf8'),
  );
  const ids = list(count, (i) => (0x10_00_00_00 + i * 0x1_00_03).toString(16).padEnd(64, '0'));
  for (const copy of ids) {
    cpSync(join(directory, id), join(directory, copy), { recursive: true });
    const own = { ...record, id: copy, name: `c${copy}` };
    writeRecordFile(join(directory, copy, 'record.json'), own, 'volatile');
    writeFileSync(join(sandbox.root, 'names', own.name), copy);
  }
  const owner = `--reference=${join(directory, id, 'record.json')}`;
  spawnSync('chown', ['-R', owner, directory, join(sandbox.root, 'names')]);
  return ids;
}

t.test('ids of containers', async (t) => {
  const id = sandbox.ok('create', '--name', 'first', 'hello', 'true').trim();
  const counts = [10, 125, 1000];
  const verbs = [
    ['container', 'inspect', '--format', '{{.Name}}'],
    ['stop'],
    ['wait', '--condition', 'created'],
    ['rm', '-v'],
  ];
  const seconds = verbs.map(() => [] as number[]);
  for (const count of counts) {
    // As `ps -q` prints them.
    const ids = copyContainer(id, count).map((whole) => whole.slice(0, 12));
    for (const [at, verb] of verbs.entries()) {
      const cost = costOf(argv([...verb, ...ids]));
      t.same([cost.code, cost.stderr.slice(0, 500)], [0, ''], `${verb[0]}, ${count}`);
      seconds[at]?.push(cost.seconds);
    }
  }
  for (const [at, verb] of verbs.entries()) {
    t.equal(growthProblem(counts, seconds[at] ?? []), null, verb.join(' '));
  }
  t.equal(sandbox.ok('ps', '-aq', '--filter', 'name=c1'), '');
});

/** Measures a verb with many names, as it is given more of them: they are made and removed in turn. */
function removes(t: Test, verb: readonly string[], make: (count: number) => string[]): void {
  const counts = [10, 50, 500];
  const seconds = counts.map((count) => {
    const names = make(count);
    const cost = costOf(argv([...verb, ...names]));
    t.same([cost.code, cost.stderr.slice(0, 500)], [0, ''], `${verb.join(' ')}, ${count}`);
    return cost.seconds;
  });
  t.equal(growthProblem(counts, seconds), null, verb.join(' '));
}

/** Gives what was written into the store here to the user whose it is. */
function giveStore(): void {
  const places = ['containers', 'volumes', 'pods'].map((name) => join(sandbox.root, name));
  spawnSync('chown', ['-R', `--reference=${places[0]}`, ...places]);
}

function readSummed(path: string): Record<string, unknown> {
  const { sum: _sum, ...record } = JSON.parse(readFileSync(path, 'utf8'));
  return record;
}

function copyVolume(from: string, to: string): void {
  const directory = join(sandbox.root, 'volumes');
  cpSync(join(directory, from), join(directory, to), { recursive: true });
  const path = join(directory, to, 'volume.json');
  writeRecordFile(path, { ...readSummed(path), name: to }, 'volatile');
}

t.test('volumes', async (t) => {
  sandbox.ok('volume', 'create', 'model');
  const ids = copyContainer(sandbox.ok('create', 'hello').trim(), 500);
  removes(t, ['volume', 'rm'], (count) => {
    const names = list(count, (i) => `volume${i}`);
    for (const name of names) copyVolume('model', name);
    giveStore();
    return names;
  });
  t.equal(sandbox.ok('volume', 'ls', '-q'), 'model\n');
  sandbox.ok('rm', ...ids);
});

t.test('containers with volumes of their own', async (t) => {
  const id = sandbox.ok('create', '-v', '/data', 'hello').trim();
  removes(t, ['rm', '-v'], (count) => {
    const ids = copyContainer(id, count);
    for (const copy of ids) {
      const path = join(sandbox.root, 'containers', copy, 'record.json');
      const record = readSummed(path);
      const [volume] = record['volumes'] as { name: string }[];
      copyVolume(volume?.name ?? '', copy);
      writeRecordFile(path, { ...record, volumes: [{ ...volume, name: copy }] }, 'volatile');
    }
    giveStore();
    return ids;
  });
  t.equal(sandbox.ok('volume', 'ls', '-q').trim().split('\n').length, 2, 'and no other');
  sandbox.ok('rm', '-v', id);
});

t.test('pods', async (t) => {
  const id = sandbox.ok('pod', 'create', '--infra=false', 'model').trim();
  const directory = join(sandbox.root, 'pods');
  removes(t, ['pod', 'rm'], (count) => {
    const ids = list(count, (i) => (0x10_00_00_00 + i * 0x1_00_03).toString(16).padEnd(64, '0'));
    for (const copy of ids) {
      const record = readSummed(join(directory, `${id}.json`));
      const own = { ...record, id: copy, name: `pod${copy}` };
      writeRecordFile(join(directory, `${copy}.json`), own, 'volatile');
    }
    giveStore();
    return ids.map((whole) => whole.slice(0, 12));
  });
  t.equal(sandbox.ok('pod', 'ps', '-q', '--no-trunc'), `${id}\n`);
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
