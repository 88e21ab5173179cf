// Thousands of things are removed at a cost in proportion to their number.
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { writeRecordFile } from '../../src/store/record-file.ts';
import { Sandbox } from '../support/bryo.ts';
import { costOf, growthProblem, programArgv } from '../support/growth.ts';
import { imageWith } from '../support/image-with.ts';

const sandbox = new Sandbox();
const files = sandbox.makeDirectory('files');

function list(size: number, item: (index: number) => string): string[] {
  return Array.from({ length: size }, (_, index) => item(index));
}

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
      const cost = costOf(programArgv(sandbox, [...verb, ...ids]));
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
function removes(
  t: Test,
  verb: readonly string[],
  make: (count: number) => string[],
  counts: readonly number[] = [10, 50, 500],
): void {
  const seconds = counts.map((count) => {
    const names = make(count);
    const cost = costOf(programArgv(sandbox, [...verb, ...names]));
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

t.test('networks', async (t) => {
  const directory = sandbox.makeDirectory('networks');
  const toFile = ['--events-backend', 'file'];
  const own = [...toFile, '--network-config-dir', directory, 'network'];
  const model = {
    driver: 'bridge',
    created: '2026-01-01T00:00:00Z',
    dns_enabled: true,
    ipam_options: { driver: 'host-local' },
  };
  const write = (index: number) => {
    const subnet = `10.${89 + (index >> 8)}.${index & 255}`;
    const network = {
      ...model,
      name: `n${index}`,
      id: index.toString(16).padStart(64, '0'),
      network_interface: `podman${index + 1}`,
      subnets: [{ subnet: `${subnet}.0/24`, gateway: `${subnet}.1` }],
    };
    writeFileSync(join(directory, `n${index}.json`), JSON.stringify(network));
  };
  const counts = [10, 125, 2000];
  const verbs = [
    ['ls', '-q'],
    ['create', 'another'],
    ['prune', '-f'],
  ];
  const seconds = verbs.map(() => [] as number[]);
  for (const count of counts) {
    for (let index = 0; index < count; index += 1) write(index);
    spawnSync('chown', ['-R', `--reference=${directory}`, directory]);
    for (const [at, verb] of verbs.entries()) {
      const cost = costOf(programArgv(sandbox, [...own, ...verb]));
      t.same([cost.code, cost.stderr.slice(0, 500)], [0, ''], `${verb[0]}, ${count}`);
      seconds[at]?.push(cost.seconds);
      const lines = { ls: count + 1, create: 1, prune: count + 1 }[verb[0] ?? ''];
      t.equal(cost.stdout.trim().split('\n').length, lines, `${verb[0]}, ${count}`);
    }
    t.equal(sandbox.ok(...own, 'ls', '-q'), 'podman\n');
  }
  for (const [at, verb] of verbs.entries()) {
    t.equal(growthProblem(counts, seconds[at] ?? []), null, verb.join(' '));
  }
  const removed = ['--stream=false', '--filter', 'event=remove', '--format', 'json'];
  const told = sandbox.ok(...toFile, 'events', ...removed);
  const names = new Set(told.match(/"Network":"n\d+"/g));
  t.equal(names.size, 2000, 'the events tell of each');
});

/** A layout of so many images that differ in a label. */
function manyImages(layout: string, count: number): void {
  imageWith(layout, 'many', {});
  const path = join(layout, 'index.json');
  const index = JSON.parse(readFileSync(path, 'utf8'));
  const entries = list(count, (i) => {
    imageWith(layout, `localhost/image${count}-${i}:1`, { Labels: { number: `${count}-${i}` } });
    return JSON.stringify(JSON.parse(readFileSync(path, 'utf8')).manifests[0]);
  });
  writeFileSync(path, JSON.stringify({ ...index, manifests: entries.map((e) => JSON.parse(e)) }));
}

t.test('images', async (t) => {
  removes(t, ['rmi'], (count) => {
    const layout = join(files, `images${count}`);
    manyImages(layout, count);
    sandbox.ok('load', '-q', '-i', layout);
    const format = ['--format', '{{.ID}}', '--filter', `reference=image${count}-*`];
    return sandbox
      .ok('images', ...format)
      .trim()
      .split('\n');
  });
  t.equal(sandbox.ok('images', '-q', '--filter', 'reference=image*'), '');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
