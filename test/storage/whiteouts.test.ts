/** Whiteouts with nothing to hide, and files that only have the names of such. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import t from 'tap';
import { requireDevices, requirePrograms } from '../support/requirements.ts';
import { base, DriverStore, drivers, layer } from './driver-store.ts';

requirePrograms('fuse-overlayfs', 'setpriv');
requireDevices('/dev/fuse');

/** Whiteouts that hide nothing unless something is put below them; some come before what they name. */
const whiteouts = layer(
  ...['n/', 'n/keep=k', 'n/.wh.gone', 'n/sub/', 'n/sub/.wh.x'],
  ...[
    'q/',
    'q/.wh..wh..opq',
    'q/.wh.y',
    '.wh.never',
    'z/.wh.only',
    'm/',
    'm/.wh.d/',
    'm/.wh.d/in=i',
  ],
  ...['s/', 's/.wh.t', 's/t/', 's/t/u=u'],
);
const tree = `m:

n:
keep
sub

n/sub:

q:

s:
t

s/t:
u

z:
`;
const places = ['m', 'n', 'n/sub', 'q', 's', 's/t', 'z'];
const list = `ls -A ${places.join(' ')}`;
/** What the whiteouts hide, and names beside it. */
const lower = layer(
  ...[
    'n/',
    'n/gone=g',
    'n/sub/',
    'n/sub/x=x',
    'q/',
    'q/l=l',
    'z/',
    'z/only=o',
    'm/',
    'm/d/',
    'm/d/e=e',
  ],
  ...['s/', 's/t/', 's/t/old=o', 'never=n'],
);

for (const driver of drivers) {
  t.test(`${driver}: whiteouts of what no lower layer has`, async (t) => {
    const store = new DriverStore(driver);
    const image = store.image('nothing', [base, whiteouts]);
    // Layers are unpacked once, whatever is below them in an image.
    const others = [
      store.image('lowest', [whiteouts, base]),
      store.image('hiding', [base, lower, whiteouts]),
    ];
    for (const name of [image, ...others]) t.equal(store.shell(name, list), tree, name);
    t.equal(store.shell(image, 'rm -r m n q s z; mkdir n; ls -A n'), '', 'rm -r');
    t.equal(store.shell(image, 'mv n moved; rm -r moved; mkdir n; ls -A n'), '', 'mv');
    for (const flags of [
      ['-v', 'v:/n'],
      ['--tmpfs', '/n'],
      ['--mount', 'type=volume,target=/n'],
    ]) {
      t.equal(store.shell(image, 'ls -A n', ...flags), 'keep\nsub\n', flags.join(' '));
    }
    const mounted = ['--mount', `type=image,source=${image},target=/i`];
    t.equal(store.shell(image, `cd /i; ${list}`, ...mounted), tree, '--mount type=image');
    const script = `cd $($B image mount ${image}); ${list}; cd /; $B image unmount -a > /dev/null`;
    t.equal(store.unshared(script), tree, 'image mount');
    t.notMatch(store.ok('diff', image), /^D/m, 'nothing was deleted');
    t.match(store.ok('diff', others[1] ?? ''), /^D \/n\/gone$/m, 'but here');
    store.ok('run', '--name', 'c', '--network', 'none', image, 'rm', '-r', '/n');
    store.ok('commit', '-q', 'c', 'without');
    t.equal(store.shell('without', 'test ! -e n; ls -A q'), '', 'commit');
    store.ok('rm', '-v', 'c');
    store.ok('volume', 'rm', '-a');
    t.same(store.close(), [], 'nothing is left');
  });
}

/** Names of whiteouts, made in ways that fuse-overlayfs lets pass. */
const pretend = [
  'ln etc/passwd etc/.wh.passwd',
  'mkdir .wh.d',
  'ln -s x .wh.keep',
  'mkdir d/.wh..wh..opq',
  'echo new > new',
].join('; ');

for (const driver of drivers) {
  t.test(`${driver}: a container's own files with the names of whiteouts`, async (t) => {
    const store = new DriverStore(driver);
    const files = layer('etc/', 'etc/passwd=p', 'd/', 'd/in=i', 'keep=k');
    const image = store.image('pretend', [base, files]);
    store.ok('run', '--name', 'c', '--network', 'none', image, 'sh', '-ec', pretend);
    for (const flags of [[], ['--squash']]) {
      const { code, stderr } = store.run(['commit', ...flags, 'c', 'made']);
      t.equal(code, 0);
      t.match(
        stderr,
        /^time="[^"]+" level=warning msg="\/\.wh\.d and [23] more left out: [^\n]+\n$/,
      );
      t.equal(
        store.shell('made', 'cat etc/passwd d/in keep new'),
        'piknew\n',
        'nothing was deleted',
      );
      t.notMatch(store.shell('made', 'ls -A . etc d'), /\.wh/);
    }
    t.match(store.ok('diff', 'c'), /^A \/etc\/\.wh\.passwd$/m, 'diff');
    const volume = ['-v', 'v:/v'];
    store.shell(
      image,
      `cd v; mkdir etc; cp /etc/passwd etc; ${pretend.replace('mkdir d/', 'mkdir ')}`,
      ...volume,
    );
    store.ok('volume', 'export', '-o', store.path('v.tar'), 'v');
    store.ok('volume', 'create', 'w');
    store.ok('volume', 'import', 'w', store.path('v.tar'));
    const listed = store.shell(image, 'ls -A w w/etc', '-v', 'w:/w');
    t.match(
      listed,
      /\.wh\.\.wh\.\.opq\n\.wh\.d\n\.wh\.keep\n(.*\n)+\.wh\.passwd\npasswd\n/,
      'volumes',
    );
    // fuse-overlayfs takes such names for its own when it is mounted again, and makes no such file.
    if (driver !== 'fuse-overlayfs') {
      const exported = store.path('exported.tar');
      store.ok('export', '-o', exported, 'c');
      const names = execFileSync('tar', ['-tf', exported], { encoding: 'utf8' });
      for (const name of ['etc/.wh.passwd', '.wh.keep', '.wh.d/']) {
        t.ok(names.split('\n').includes(name), `export: ${name}`);
      }
      store.ok('cp', 'c:/etc', store.path('etc'));
      t.equal(readFileSync(store.path('etc/.wh.passwd'), 'utf8'), 'p', 'cp');
      store.ok('cp', store.path('etc'), 'c:/d');
      t.match(store.ok('diff', 'c'), /^A \/d\/etc\/\.wh\.passwd$/m, 'cp into a container');
    }
    store.ok('rm', '-v', 'c');
    store.ok('volume', 'rm', '-a');
    t.same(store.close(), [], 'nothing is left');
  });
}
