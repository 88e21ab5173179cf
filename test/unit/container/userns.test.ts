import t from 'tap';
import type { IdMap } from '../../../src/base/id-map.ts';
import { resolveCapabilities } from '../../../src/container/capabilities.ts';
import { buildCommand } from '../../../src/container/command.ts';
import { buildEnvironment } from '../../../src/container/environment.ts';
import { checkContainerName, generateName, newContainerId } from '../../../src/container/id.ts';
import { containerMap } from '../../../src/container/userns/container-map.ts';
import { parseSubordinateFile } from '../../../src/container/userns/subordinate-ids.ts';

const full = [
  { containerId: 0, hostId: 1000, size: 1 },
  { containerId: 1, hostId: 100_000, size: 65_536 },
];
const storage: IdMap = { kind: 'full', uids: full, gids: full };
const input = { storage, callerUid: 1000, callerGid: 1000, taken: [] };

t.test('subordinate ids', async (t) => {
  const text = 'root:1:2\nuser:100000:65536\n1000:300000:10\nuser:bad:5\nuser:5:0\n';
  t.same(parseSubordinateFile(text, 'user', 1000), [
    { start: 100_000, count: 65_536 },
    { start: 300_000, count: 10 },
  ]);
  t.same(parseSubordinateFile('', 'user', 1000), []);
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
  const auto = containerMap({
    ...input,
    taken: [{ start: 1, count: 1024 }],
    request: { mode: 'auto', size: 10 },
  });
  t.same(auto?.uids, [{ containerId: 0, hostId: 1025, size: 10 }]);
});

t.test('too few ids', async (t) => {
  t.throws(() => containerMap({ ...input, request: { mode: 'auto', size: 70_000 } }), {
    code: 'bad-userns',
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
  });
});

t.test('command', async (t) => {
  const image = { imageEntrypoint: ['e'], imageCommand: ['c'] };
  t.same(buildCommand({ ...image, entrypoint: null, command: [] }), ['e', 'c']);
  t.same(buildCommand({ ...image, entrypoint: null, command: ['x'] }), ['e', 'x']);
  t.same(
    buildCommand({ ...image, entrypoint: ['o'], command: [] }),
    ['o'],
    "an own entrypoint sets the image's command aside",
  );
  t.throws(() => buildCommand({ ...image, entrypoint: [], command: [] }), { code: 'no-command' });
});

t.test('environment: the image is data', async (t) => {
  process.env['BRYO_SECRET'] = 'leak';
  const env = buildEnvironment({
    image: ['A=1', 'BRYO_SECRET', 'BRYO_*', '=x', 'PATH=/p'],
    requested: { A: '2' },
    hostname: 'h',
  });
  t.same(env, ['PATH=/p', 'container=bryo', 'TERM=xterm', 'HOSTNAME=h', 'A=2']);
  t.throws(
    () => buildEnvironment({ image: [], requested: { HOME: '/\nroot::0:0' }, hostname: 'h' }),
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
