import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { cdiDirectories, isCdiName, resolveCdi } from '../../../src/container/cdi.ts';

const directory = mkdtempSync(join(tmpdir(), 'bryo-cdi-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

function describe(name: string, edits: object, device: object = {}): void {
  const spec = {
    cdiVersion: '0.6.0',
    kind: `acme.com/${name}`,
    devices: [{ name: 'one', containerEdits: device }],
    containerEdits: edits,
  };
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(spec));
}

t.test('names', async (t) => {
  for (const name of ['nvidia.com/gpu=all', 'acme.com/net=0', 'a.b/c-d=x:1']) {
    t.ok(isCdiName(name), name);
  }
  for (const name of [
    '/dev/null',
    '/dev/sda:/dev/x:rwm',
    'acme.com/net',
    'a=b',
    'a/b=',
    '../x=1',
  ]) {
    t.notOk(isCdiName(name), name);
  }
  t.same(cdiDirectories({ HOME: '/home/me' }).at(-1), '/home/me/.config/cdi');
});

t.test('edits of a kind and of its device', async (t) => {
  describe(
    'good',
    { env: ['KIND=1', 'BOTH=kind'], deviceNodes: [{ path: '/dev/null' }] },
    {
      env: ['BOTH=device'],
      deviceNodes: [{ path: '/dev/acme', hostPath: '/dev/zero', permissions: 'r' }],
      mounts: [{ hostPath: '/etc', containerPath: '/opt/etc', options: ['ro', 'bind', 'nosuid'] }],
    },
  );
  const edits = resolveCdi(['acme.com/good=one', 'acme.com/good=one'], [directory]);
  t.same(edits.env, { KIND: '1', BOTH: 'device' });
  t.same(edits.devices, [
    { source: '/dev/null', target: '/dev/null', permissions: 'rwm' },
    { source: '/dev/zero', target: '/dev/acme', permissions: 'r' },
  ]);
  t.match(edits.mounts, [{ kind: 'bind', source: '/etc', target: '/opt/etc', readOnly: true }]);
});

t.test('what cannot be had is an error', async (t) => {
  const wrong: [string, object, RegExp][] = [
    ['hook', { hooks: [{ hookName: 'createContainer', path: '/usr/bin/evil' }] }, /has the hook/],
    ['path', { deviceNodes: [{ path: 'dev/x' }] }, /no absolute path/],
    ['mount', { mounts: [{ hostPath: '/', containerPath: '/' }] }, /no absolute paths/],
    [
      'option',
      { mounts: [{ hostPath: '/a', containerPath: '/b', options: ['lowerdir=/etc'] }] },
      /mount options of .* no option lowerdir/,
    ],
    ['variable', { env: ['NOTHING'] }, /is no variable/],
    ['groups', { additionalGids: [5] }, /additionalGids is not supported/],
  ];
  for (const [name, edits, message] of wrong) {
    describe(name, edits);
    t.throws(() => resolveCdi([`acme.com/${name}=one`], [directory]), { message });
  }
  writeFileSync(join(directory, 'broken.json'), '{');
  t.throws(() => resolveCdi(['acme.com/none=one'], [directory]), { message: /it is not JSON/ });
  rmSync(join(directory, 'broken.json'));
  t.throws(() => resolveCdi(['acme.com/good=two'], [directory]), { code: 'no-such-device' });
  writeFileSync(join(directory, 'nvidia.yaml'), 'kind: nvidia.com/gpu');
  t.throws(() => resolveCdi(['nvidia.com/gpu=all'], [directory]), { code: 'no-such-device' });
  t.same(resolveCdi([], ['/nowhere']), { devices: [], mounts: [], env: {} });
});
