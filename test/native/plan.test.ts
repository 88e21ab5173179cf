import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { encodePlan } from '../../src/plan/encode.ts';
import type { LaunchPlan } from '../../src/plan/ops.ts';
import { projectDir } from '../support/product.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-plan-'));
t.teardown(() => rmSync(directory, { recursive: true }));
const launcher = join(projectDir, 'dist', 'asan', 'bryo-launcher');

/** Has the sanitized launcher decode a plan, and nothing more. */
function check(bytes: Uint8Array) {
  const path = join(directory, 'plan');
  writeFileSync(path, bytes);
  const result = spawnSync(launcher, ['check'], {
    stdio: [openSync(path, 'r'), 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return { code: result.status, stderr: result.stderr };
}

const plan: LaunchPlan = [
  { op: 'userns', helper: true, uids: [0, 1000, 1], gids: [0, 1000, 1] },
  { op: 'namespaces', flags: 0x2000_0000n },
  {
    op: 'monitor',
    containerDir: '/c',
    lockPath: '/c/lock',
    statePath: '/c/s',
    exitPath: '/c/e',
    attachDir: '/r',
    logPath: '/l',
    logJournal: new Uint8Array(),
    pidFile: '',
    monitorPidFile: '',
    logMaxSize: 1n,
    logMaxFiles: 3n,
    terminal: false,
    rows: 0,
    columns: 0,
    plainNewlines: false,
    stdinOpen: false,
    stdinOnce: false,
    timeoutMs: 0n,
    syncExitRecord: true,
    passthrough: false,
    restart: 'never',
    restartMax: 0,
    restarts: 0,
    podLink: '',
    podHolder: false,
    removePaths: ['/x'],
  },
  {
    op: 'rootOverlay',
    lowers: ['/a', '/b'],
    upper: '/u',
    work: '/w',
    volatile: false,
    legacyMount: false,
    staging: '/m',
  },
  { op: 'enterRoot', staging: '/m', propagation: 0n },
  { op: 'mask', path: '/proc/keys', nullSlot: 0 },
  { op: 'pivot', cover: false },
  { op: 'exec', argv: ['sh'], env: ['A=1'], init: false },
];

t.test('what the compiler writes the launcher reads', async (t) => {
  t.same(check(encodePlan(plan)), { code: 0, stderr: '' });
});

t.test('a long field is no overflow', async (t) => {
  const long = plan.map((record) =>
    record.op === 'mask' ? { ...record, path: `/${'x'.repeat(70_000)}` } : record,
  );
  t.match(check(encodePlan(long)).code, /[01]/);
  const extents = Array.from({ length: 340 * 3 }, (_, i) => i);
  const wide = plan.map((record) =>
    record.op === 'userns' ? { ...record, uids: extents } : record,
  );
  t.equal(check(encodePlan(wide)).code, 0);
});

t.test('order, repetition and unknown records', async (t) => {
  const [userns, namespaces, monitor, root, ...rest] = plan;
  if (!userns || !namespaces || !monitor || !root) throw new Error('the plan is too short');
  for (const bad of [[userns, userns, ...plan.slice(1)], [root, ...plan], [...rest, userns], []]) {
    t.equal(check(encodePlan(bad)).code, 1);
  }
  t.equal(check(Buffer.from('nonsense')).code, 1);
  t.equal(check(Buffer.alloc(0)).code, 1);
});

t.test('mutated plans are refused or read, never mishandled', async (t) => {
  const seed = encodePlan(plan);
  let state = 99;
  const random = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const codes = new Set<number | null>();
  for (let round = 0; round < 300; round += 1) {
    const bytes = Buffer.from(seed);
    for (let i = 0; i <= random(4); i += 1) bytes[random(bytes.length)] = random(256);
    codes.add(check(round % 3 === 0 ? bytes.subarray(0, random(bytes.length)) : bytes).code);
  }
  t.same(
    [...codes].filter((code) => code !== 0 && code !== 1),
    [],
  );
});
