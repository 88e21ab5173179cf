/** Layers that an image has twice, and as many as it may have. */
import t from 'tap';
import { digestOf } from '../attack/support.ts';
import { requireDevices, requirePrograms } from '../support/requirements.ts';
import { base, DriverStore, drivers, layer } from './driver-store.ts';

requirePrograms('fuse-overlayfs', 'setpriv');
requireDevices('/dev/fuse');

const show = 'grep -r . d e o f gone k 2>/dev/null || true';
/** The same layer above and below one that undoes much of it. */
const repeated = layer(
  ...['d/', 'd/a=twice', 'd/l=twice', 'o/', 'o/.wh..wh..opq', 'o/l=twice'],
  ...['.wh.gone', 'f=twice', 'k/', 'k/.wh.p'],
);
const below = layer(
  ...['d/', 'd/a=below', 'd/b=below', 'o/', 'o/b=below', 'gone=below', 'f=below'],
  ...['k/', 'k/p=below', 'k/b=below'],
);
const between = layer(
  ...[
    'd/',
    'd/.wh.l',
    'd/m=between',
    'o/',
    'o/m=between',
    'gone=between',
    '.wh.f',
    'f/',
    'f/m=between',
  ],
  ...['.wh.k', 'k/', 'k/p=between', 'k/m=between'],
);
const stack = [base, below, repeated, between, repeated];
const seen = [
  ...['d/a:twice', 'd/b:below', 'd/l:twice', 'd/m:between'],
  ...['f:twice', 'k/m:between', 'o/l:twice'],
];
/** Its topmost layer against the others. */
const changed = `A /d/l
C /d
C /d/a
C /f
C /k
C /o
C /o/l
D /gone
D /k/p
D /o/m
`;

for (const driver of drivers) {
  t.test(`${driver}: a layer that an image has twice`, async (t) => {
    const [store, other] = [new DriverStore(driver), new DriverStore(driver)];
    const image = store.image('twice', stack);
    const look = (name: string, place: DriverStore = store) =>
      place.shell(name, show).trim().split('\n').sort();
    t.same(look(image), seen, 'run');
    t.same(store.layersOf(image), stack.map(digestOf), 'inspect has each of its places');
    t.same(look(store.image('end', [...stack, repeated, repeated])), seen, 'three times more');
    const mounted = ['--mount', `type=image,source=${image},target=/mnt`];
    const there = store.shell(image, `cd /mnt; ${show}`, ...mounted);
    t.same(there.trim().split('\n').sort(), seen, '--mount type=image');
    const listed = store.unshared(
      `cd $($B image mount ${image}); ${show}; cd /; $B image unmount -a > /dev/null`,
    );
    t.same(listed.trim().split('\n').sort(), seen, 'image mount');
    t.equal(store.ok('diff', image).split('\n').sort().join('\n').trim(), changed.trim(), 'diff');
    store.ok('create', '--name', 'c', '--network', 'none', image, 'true');
    for (const name of ['one', 'two']) {
      store.ok('commit', '-q', 'c', `example.com/${name}:1`);
      store.ok('rm', 'c');
      store.ok('create', '--name', 'c', '--network', 'none', `example.com/${name}:1`, 'true');
    }
    const [first, second] = store.layersOf('example.com/two:1').slice(-2);
    t.equal(first, second, 'nothing, committed twice, is one layer at two places');
    t.same(look('example.com/two:1'), seen, 'which runs');
    t.equal(store.ok('diff', 'c'), '', 'nothing has changed in it');
    for (const format of ['docker-archive', 'oci-archive']) {
      store.ok('save', '--format', format, '-o', store.path(format), 'example.com/two:1');
      other.ok('load', '-q', '-i', store.path(format));
      t.same(look('example.com/two:1', other), seen, `${format}, loaded elsewhere`);
      t.same(other.layersOf('example.com/two:1'), store.layersOf('example.com/two:1'));
      other.ok('rmi', 'example.com/two:1');
    }
    store.ok('rm', 'c');
    t.same([...store.close(), ...other.close()], [], 'nothing is left');
  });
}

t.test('as many layers as an image may have', async (t) => {
  const store = new DriverStore('overlay');
  const files = Array.from({ length: 499 }, (_, at) => layer('d/', `d/${at}=${at}`, `top=${at}`));
  const image = store.image('many', [base, ...files]);
  const look = 'ls d | wc -l; cat top';
  t.equal(store.shell(image, look), '499\n498');
  t.equal(
    store.shell(image, `cd i; ${look}`, '--mount', `type=image,source=${image},target=/i`),
    '499\n498',
  );
  const script = `cd $($B image mount ${image}); ${look}; cd /; $B image unmount -a > /dev/null`;
  t.equal(store.unshared(script), '499\n498', 'image mount');
  store.ok('run', '--name', 'c', '--network', 'none', image, 'rm', '/d/7');
  const stderr = 'Error: an image has 500 layers at most (use --squash)\n';
  t.match(store.run(['commit', 'c', 'more']), { code: 125, stdout: '', stderr });
  store.ok('commit', '-q', '--squash', 'c', 'one');
  t.equal(store.shell('one', look), '498\n498', 'commit --squash');
  store.ok('rm', 'c');
  t.same(store.close(), [], 'nothing is left');
});
