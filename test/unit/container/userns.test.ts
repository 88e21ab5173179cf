import t from 'tap';
import type { IdMap } from '../../../src/base/id-map.ts';
import { resolveCapabilities } from '../../../src/container/capabilities.ts';
import { buildCommand } from '../../../src/container/command.ts';
import { buildEnvironment } from '../../../src/container/environment.ts';
import { checkContainerName, generateName, newContainerId } from '../../../src/container/id.ts';
import { chooseAutoRange } from '../../../src/container/userns/auto-map.ts';
import { containerMap } from '../../../src/container/userns/container-map.ts';
import { checkDistinct } from '../../../src/native/storage-map.ts';
import { parseSubordinateFile } from '../../../src/native/subordinate-ids.ts';
import type { UsernsRequest } from '../../../src/request/userns.ts';

const full = [
  { containerId: 0, hostId: 1000, size: 1 },
  { containerId: 1, hostId: 100_000, size: 65_536 },
];
const storage: IdMap = { kind: 'full', uids: full, gids: full };
const input = { storage, callerUid: 1000, callerGid: 1000, autoRange: null };

t.test('subordinate ids', async (t) => {
  const text = 'root:1:2\nuser:100000:65536\n1000:300000:10\nuser:bad:5\nuser:5:0\n';
  t.same(parseSubordinateFile(text, 'user', 1000), [
    { start: 100_000, count: 65_536 },
    { start: 300_000, count: 10 },
  ]);
  t.same(parseSubordinateFile('', 'user', 1000), []);
});

t.test('subordinate ids that cannot be mapped together', async (t) => {
  const check = (...ranges: [number, number][]) =>
    checkDistinct(
      '/etc/subuid',
      { name: 'user', id: 1000 },
      ranges.map(([start, count]) => ({ start, count })),
    );
  check([1001, 5], [1006, 5], [990, 10]);
  t.throws(() => check([2000, 5], [1000, 5]), {
    code: 'bad-userns',
    message: '/etc/subuid: "user:1000:5" holds the id of the user itself, 1000',
  });
  t.throws(() => check([2000, 5], [3000, 5], [2004, 1]), {
    message: '/etc/subuid: "user:2000:5" and "user:2004:1" overlap',
  });
});

t.test('modes', async (t) => {
  t.equal(containerMap({ ...input, request: { mode: 'host' } }), null);
  const keep = containerMap({ ...input, request: { mode: 'keep-id', uid: null, gid: 0 } });
  t.same(keep?.uids, [
    { containerId: 0, hostId: 1, size: 1000 },
    { containerId: 1000, hostId: 0, size: 1 },
    { containerId: 1001, hostId: 1001, size: 64_536 },
  ]);
  t.same(keep?.gids, [
    { containerId: 0, hostId: 0, size: 1 },
    { containerId: 1, hostId: 1, size: 65_536 },
  ]);
  t.same(containerMap({ ...input, request: { mode: 'nomap' } })?.uids, [
    { containerId: 0, hostId: 1, size: 65_536 },
  ]);
  const map = (ids: { uid: number; gid: number }) =>
    containerMap({ ...input, request: { mode: 'match', ids } });
  t.same(map({ uid: 0, gid: 0 }), null, 'root is mapped to the caller anyway');
  t.same(
    map({ uid: 5, gid: 6 }),
    containerMap({ ...input, request: { mode: 'keep-id', uid: 5, gid: 6 } }),
  );
  t.same(map({ uid: 5, gid: 0 })?.gids, [
    { containerId: 0, hostId: 0, size: 1 },
    { containerId: 1, hostId: 1, size: 65_536 },
  ]);
});

t.test('each extent lies within one of the storage namespace', async (t) => {
  const uids = [
    { containerId: 0, hostId: 1000, size: 1 },
    { containerId: 1, hostId: 100_000, size: 500 },
    { containerId: 501, hostId: 300_000, size: 1000 },
  ];
  const several = { ...input, storage: { ...storage, uids } };
  const lines = (request: UsernsRequest) =>
    containerMap({ ...several, request })?.uids.map((m) => [m.containerId, m.hostId, m.size]);
  t.same(lines({ mode: 'keep-id', uid: 700, gid: null }), [
    [0, 1, 500],
    [500, 501, 200],
    [700, 0, 1],
    [701, 701, 800],
  ]);
  t.same(lines({ mode: 'nomap' }), [
    [0, 1, 500],
    [500, 501, 1000],
  ]);
  const custom = [{ containerId: 5, hostId: 0, size: 3 }];
  t.same(lines({ mode: 'custom', uids: custom, gids: [] }), [
    [5, 0, 1],
    [6, 1, 2],
  ]);
});

t.test('auto', async (t) => {
  const request = { mode: 'auto', size: null, uids: [], gids: [] } as const;
  const around = { storage, taken: [{ start: 1, count: 1024 }] };
  const autoRange = chooseAutoRange({ ...request, uids: [], gids: [] }, 10, around);
  t.same(autoRange, { start: 1025, count: 10, size: 10 });
  const plain = containerMap({ ...input, autoRange, request: { ...request, uids: [], gids: [] } });
  t.same(plain?.uids, [{ containerId: 0, hostId: 1025, size: 10 }]);

  // The caller is 3 in the container, and storage id 7 is far above its size.
  const asked = [
    { containerId: 3, hostId: 0, size: 1 },
    { containerId: 5000, hostId: 7, size: 2 },
  ];
  const mixed = { ...request, uids: asked, gids: [] };
  const range = chooseAutoRange(mixed, 10, { storage, taken: [] });
  t.same(range, { start: 9, count: 10, size: 10 }, 'groups need one more than users');
  const map = containerMap({ ...input, autoRange: range, request: mixed });
  t.same(map?.uids, [
    { containerId: 0, hostId: 9, size: 3 },
    { containerId: 4, hostId: 12, size: 6 },
    ...asked,
  ]);
  t.same(map?.gids, [{ containerId: 0, hostId: 9, size: 10 }]);
  const far = [{ containerId: 0, hostId: 70_000, size: 1 }];
  const beyond = { ...input, autoRange: range, request: { ...mixed, uids: far } };
  t.throws(() => containerMap(beyond), {
    message: /auto:uidmapping 0:70000:1: only ids 0 to 65536/,
  });
});

t.test('too few ids', async (t) => {
  const auto = { mode: 'auto', size: null, uids: [], gids: [] } as const;
  t.throws(() => chooseAutoRange({ ...auto, uids: [], gids: [] }, 70_000, { storage, taken: [] }), {
    code: 'bad-userns',
    message: /no 70000 free/,
  });
  t.throws(() => containerMap({ ...input, request: { mode: 'keep-id', uid: 70_000, gid: null } }), {
    code: 'bad-userns',
  });
  const uids = [{ containerId: 0, hostId: 65_000, size: 1000 }];
  t.throws(() => containerMap({ ...input, request: { mode: 'custom', uids, gids: uids } }), {
    code: 'bad-userns',
  });
  const single: IdMap = { kind: 'single', uids: full.slice(0, 1), gids: full.slice(0, 1) };
  t.throws(() => containerMap({ ...input, storage: single, request: { mode: 'nomap' } }), {
    code: 'bad-userns',
    message: /needs subordinate ids/,
  });
  const match = { mode: 'match', ids: { uid: 5, gid: 5 } } as const;
  t.throws(() => containerMap({ ...input, storage: single, request: match }), {
    message: /--userns match needs subordinate ids/,
  });
  const root = { mode: 'match', ids: { uid: 0, gid: 0 } } as const;
  t.equal(containerMap({ ...input, storage: single, request: root }), null);
});

t.test('command', async (t) => {
  const image = { imageEntrypoint: ['e'], imageCommand: ['c'], hasImage: true };
  t.same(buildCommand({ ...image, entrypoint: null, command: [] }), ['e', 'c']);
  t.same(buildCommand({ ...image, entrypoint: null, command: ['x'] }), ['e', 'x']);
  t.same(
    buildCommand({ ...image, entrypoint: ['o'], command: [] }),
    ['o'],
    "an own entrypoint sets the image's command aside",
  );
  const nothing = { ...image, entrypoint: [], command: [] };
  t.throws(() => buildCommand(nothing), { code: 'no-command' });
  t.throws(() => buildCommand({ ...nothing, hasImage: false }), { code: 'command-not-found' });
});

t.test('environment: the image is data', async (t) => {
  process.env['BRYO_SECRET'] = 'leak';
  const env = buildEnvironment({
    image: ['A=1', 'BRYO_SECRET', 'BRYO_*', '=x', 'PATH=/p'],
    requested: { A: '2' },
    hostname: 'h',
    terminal: false,
  });
  t.same(env, ['PATH=/p', 'container=podman', 'HOSTNAME=h', 'A=2'], 'TERM belongs to a terminal');
  t.throws(
    () =>
      buildEnvironment({
        image: [],
        requested: { HOME: '/\nroot::0:0' },
        hostname: 'h',
        terminal: false,
      }),
    { code: 'bad-environment' },
  );
});

t.test('capabilities', async (t) => {
  t.equal(resolveCapabilities([], []).length, 11);
  t.same(resolveCapabilities([], ['ALL']), []);
  t.same(resolveCapabilities(['net_admin'], ['all']), ['CAP_NET_ADMIN']);
  t.throws(() => resolveCapabilities(['NONSENSE'], []));
  t.throws(() => resolveCapabilities(['KILL'], ['KILL']));
});

t.test('names and ids', async (t) => {
  t.match(newContainerId(), /^[0-9a-f]{64}$/);
  checkContainerName(generateName(5));
  for (const bad of ['', '.', '-a', 'a/b', 'a b', '../x', 'x'.repeat(256), 'a\0'])
    t.throws(() => checkContainerName(bad), { code: 'bad-name' }, JSON.stringify(bad));
});
