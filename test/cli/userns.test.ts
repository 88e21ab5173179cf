import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requireDevices, requirePrograms } from '../support/requirements.ts';
import { testUser } from '../support/user.ts';

requirePrograms('fuse-overlayfs');
requireDevices('/dev/fuse');
const sandbox = new Sandbox();
const quick = ['run', '--rm', '--network', 'none'];
const shared = sandbox.makeDirectory('shared');

/** Runs a script with a directory of the caller's at /d. */
function run(flags: readonly string[], image: string, script: string): string {
  return sandbox.ok(...quick, ...flags, '-v', `${shared}:/d`, image, 'sh', '-c', script);
}

/** Who owns, outside, what the container has made at /d; it is removed. */
function ownersOutside(): [number, number][] {
  return readdirSync(shared).map((name) => {
    const { uid, gid } = statSync(join(shared, name));
    rmSync(join(shared, name));
    return [uid, gid];
  });
}

/** Extents of a map in /proc, as numbers. */
function extents(text: string): number[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
}

t.test("match: the image's user is the caller", async (t) => {
  const setUp = [
    'echo app:x:700:800::/home/app:/bin/sh >> /etc/passwd',
    'echo apps:x:800: >> /etc/group',
    'mkdir -p /home/app && chown 700:800 /home/app',
  ];
  sandbox.ok('run', '--name', 'base', '--network', 'none', 'hello', 'sh', '-c', setUp.join(';'));
  sandbox.ok('commit', '-q', '--change', 'USER app', 'base', 'app');
  sandbox.ok('rm', 'base');
  const { uid, gid } = testUser();

  const script =
    'id -u; id -g; stat -c %u:%g /home/app; touch /d/f /home/app/f; stat -c %u:%g /d/f';
  t.equal(run(['--userns', 'match'], 'app', script), '700\n800\n700:800\n700:800\n');
  t.same(ownersOutside(), [[uid, gid]]);

  const number = run(['--userns', 'match', '--user', '5:6'], 'app', 'id -u; id -g; touch /d/f');
  t.equal(number, '5\n6\n', '--user comes before the image');
  t.same(ownersOutside(), [[uid, gid]]);

  const root = run(
    ['--userns', 'match', '-u', 'root'],
    'app',
    'cat /proc/self/uid_map; touch /d/f',
  );
  t.same(extents(root)[0], [0, uid, 1], 'for root it is the default');
  t.same(ownersOutside(), [[uid, gid]]);

  const kept = run(['--userns', 'keep-id:uid=700,gid=800'], 'app', 'id -u; id -g; touch /d/f');
  t.equal(kept, '700\n800\n');
  t.same(ownersOutside(), [[uid, gid]]);

  const nobody = sandbox.run(['create', '--userns', 'match', '--user', 'who', 'app']);
  t.match(nobody, { code: 125, stdout: '' });
  t.equal(
    nobody.stderr,
    'Error: --userns match: unable to find user who: no matching entries in passwd file\n',
  );
  t.match(sandbox.run(['pod', 'create', '--userns', 'match']), {
    code: 125,
    stderr: /--userns match needs an image, and a pod has none/,
  });
  t.match(sandbox.run(['create', '--pod', 'new:p', '--userns', 'match', 'app']), {
    code: 125,
    stderr: /--userns match needs an image/,
  });
  t.equal(sandbox.ok('ps', '-aq'), '');
  t.equal(sandbox.ok('pod', 'ls', '-q'), '');
});

t.test('match stays with its container, and a clone finds its own', async (t) => {
  const script = 'echo "$(id -u) $(stat -c %u /home/app)"';
  const flags = ['--userns', 'match', '--network', 'none'];
  sandbox.ok('create', ...flags, '--name', 'first', 'app', 'sh', '-c', script);
  t.equal(sandbox.ok('start', '-a', 'first'), '700 700\n');
  sandbox.ok('cp', 'first:/etc/passwd', join(shared, 'passwd'));
  t.match(ownersOutside(), [[testUser().uid, testUser().gid]]);
  sandbox.ok('container', 'clone', 'first', 'second');
  t.equal(sandbox.ok('start', '-a', 'second'), '700 700\n');
  sandbox.ok('rm', 'first', 'second');
});

t.test('auto: sizes and mappings', async (t) => {
  const { uid } = testUser();
  const flags = ['--userns', 'auto:size=900,uidmapping=700:0:1,gidmapping=800:0:1'];
  const text = run(flags, 'app', 'touch /d/f; cat /proc/self/uid_map /proc/self/gid_map');
  t.same(extents(text), [
    [0, 1, 700],
    [701, 701, 199],
    [700, 0, 1],
    [0, 1, 800],
    [801, 801, 99],
    [800, 0, 1],
  ]);
  t.same(ownersOutside(), [[uid, testUser().gid]], 'the caller is 700 there');

  const plain = sandbox.ok(...quick, '--userns', 'auto', 'app', 'cat', '/proc/self/uid_map');
  t.same(extents(plain), [[0, 1, 1024]]);
  sandbox.ok('create', '--name', 'a', '--userns', 'auto:size=100', 'app');
  const named = sandbox.ok(
    ...quick,
    '--userns',
    'auto',
    '-u',
    '2000',
    'app',
    'cat',
    '/proc/self/uid_map',
  );
  t.same(extents(named), [[0, 101, 2001]], 'beside the ids of the other container');
  sandbox.ok('rm', 'a');

  const bad: [string, RegExp][] = [
    ['auto:size=100000', /no 100000 free subordinate ids are left/],
    ['auto:uidmapping=0:70000:1', /--userns auto:uidmapping 0:70000:1: only ids 0 to 65536 are/],
    ['keep-id:uid=70000', /--userns keep-id: id 70000 exceeds the 65537 mapped ids/],
  ];
  for (const [mode, message] of bad) {
    const { code, stderr } = sandbox.run(['create', '--userns', mode, 'app']);
    t.match({ code, stderr }, { code: 125, stderr: message }, mode);
    t.equal(stderr.trim().split('\n').length, 1);
  }
});

t.test('ids of the host in --uidmap', async (t) => {
  const { uid, gid } = testUser();
  const flags = ['--uidmap', `0:1:10`, '--uidmap', `10:@${uid}:1`, '--gidmap', `0:@${gid}`];
  const map = sandbox.ok(...quick, ...flags, '-u', '10:0', 'hello', 'cat', '/proc/self/uid_map');
  t.same(extents(map), [
    [0, 1, 10],
    [10, 0, 1],
  ]);
  t.match(sandbox.run([...quick, '--uidmap', '0:@1:1', 'hello', 'true']), {
    code: 125,
    stderr: /invalid --uidmap "0:@1:1": these ids of the host are not all the caller's own/,
  });
});

const onlyRoot = process.getuid?.() === 0 ? {} : { skip: 'only root gives out subordinate ids' };

/** What a command says where other lines stand in /etc/subuid and /etc/subgid. */
function withLines(lines: readonly string[], args: readonly string[]) {
  const file = join(sandbox.directory, 'subordinate-ids');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const script = 'for f in /etc/subuid /etc/subgid; do mount --bind "$0" $f; done; exec "$@"';
  const inside = ['--mount', '--propagation', 'private', 'sh', '-c', script, file];
  return spawnSync('unshare', [...inside, ...sandbox.argv(args)], { encoding: 'utf8' });
}

t.test('several lines of subordinate ids', onlyRoot, async (t) => {
  const { uid, name } = testUser();
  const own = readFileSync('/etc/subuid', 'utf8').split('\n');
  const [, start] = own.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  const first = Number(start);
  // Together they are the same ids: the store fits.
  const lines = [`${name}:${first}:1000`, `${name}:${first + 1000}:64536`];
  const cases: [string[], number[][]][] = [
    [
      ['--userns', 'keep-id:uid=1500'],
      [
        [0, 1, 1000],
        [1000, 1001, 500],
        [1500, 0, 1],
        [1501, 1501, 64_036],
      ],
    ],
    [
      ['--userns', 'nomap'],
      [
        [0, 1, 1000],
        [1000, 1001, 64_536],
      ],
    ],
    [
      ['--userns', 'auto:size=1500'],
      [
        [0, 1, 1000],
        [1000, 1001, 500],
      ],
    ],
    [
      ['--uidmap', '0:0:2'],
      [
        [0, 0, 1],
        [1, 1, 1],
      ],
    ],
  ];
  for (const [flags, expected] of cases) {
    const { stdout, stderr } = withLines(lines, [
      ...quick,
      ...flags,
      'hello',
      'cat',
      '/proc/self/uid_map',
    ]);
    t.same([extents(stdout), stderr], [expected, ''], flags.join(' '));
  }
  const wrong = withLines([...lines, `${name}:${uid}:10`], [...quick, 'hello', 'true']);
  t.equal(wrong.status, 125);
  t.match(wrong.stderr, `"${name}:${uid}:10" holds the id of the user itself, ${uid}`);
  t.equal(wrong.stderr.trim().split('\n').length, 1);
});

t.test('nothing of the image is copied for other owners', async (t) => {
  const create = ['create', '--network', 'none', '--name', 'c', '--userns', 'keep-id'];
  sandbox.ok(...create, 'app', 'true');
  sandbox.ok('start', 'c');
  sandbox.ok('wait', 'c');
  t.notMatch(sandbox.ok('diff', 'c'), /busybox|home/);
  sandbox.ok('rm', 'c');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
