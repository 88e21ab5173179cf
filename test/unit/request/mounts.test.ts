import t from 'tap';
import { currentMount } from '../../../src/request/mounts/earlier.ts';
import { readMountFlag as readMountFlags } from '../../../src/request/mounts/mount-flag.ts';
import { checkDuplicates, withoutRepeats } from '../../../src/request/mounts/repeats.ts';
import {
  type BindChoices,
  type MountRequest,
  plainBind,
  plainTmpfs,
  propagations,
} from '../../../src/request/mounts/types.ts';
import { readTmpfsFlag, readVolumeFlag } from '../../../src/request/mounts/volume-flag.ts';
import { readVolumeOptions } from '../../../src/volume/volume-options.ts';

/** The words of a bind mount with what each of them says, and nothing else. */
const bindWords: Readonly<Record<string, Partial<BindChoices> & { readOnly?: boolean }>> = {
  ro: { readOnly: true },
  rw: {},
  suid: { attributes: { suid: true } },
  nosuid: { attributes: { suid: false } },
  dev: { attributes: { dev: true } },
  nodev: { attributes: { dev: false } },
  exec: { attributes: { exec: true } },
  noexec: { attributes: { exec: false } },
  bind: { recursive: false },
  rbind: {},
  ...Object.fromEntries(propagations.map((propagation) => [propagation, { propagation }])),
  z: {},
  Z: {},
  copy: {},
  nocopy: { copyUp: false },
  U: { chown: true },
  O: { overlay: { kept: null } },
};

function readMountFlag(text: string): MountRequest {
  const [mount] = readMountFlags(text, () => []);
  if (mount === undefined) throw new Error(`nothing of ${text}`);
  return mount;
}

t.test('each word of --volume', async (t) => {
  for (const [word, { readOnly = false, ...says }] of Object.entries(bindWords)) {
    const origin = `--volume /a:/b:${word}`;
    const common = { kind: 'bind', source: '/a', target: '/b', origin };
    const how = { ...plainBind(), ...says };
    t.same(readVolumeFlag(`/a:/b:${word}`), { ...common, readOnly, how }, word);
  }
  t.same(readVolumeFlag('n:/b/:ro,noexec,nosuid,rslave,U'), {
    kind: 'volume',
    name: 'n',
    target: '/b',
    readOnly: true,
    origin: '--volume n:/b/:ro,noexec,nosuid,rslave,U',
    how: {
      ...plainBind(),
      attributes: { exec: false, suid: false },
      propagation: 'rslave',
      chown: true,
    },
  });
  t.match(readVolumeFlag('/a:/b:O,upperdir=/u,workdir=/w'), {
    how: { overlay: { kept: { upper: '/u', work: '/w' } } },
  });
  t.match(readVolumeFlag('/b'), { kind: 'volume', name: null, target: '/b' });
});

t.test('what --volume refuses', async (t) => {
  for (const bad of [
    '/a:b',
    '/a:/',
    ':/b',
    '/a:/b:ro:x',
    '/a:/b:upperdir=/u,workdir=/w',
    '/a:/b:O,workdir=/w',
    '/a:/b:O,upperdir=u,workdir=/w',
    '/a:/b:nonsense',
    '/a:/b:constructor',
    '/a:/b:idmap',
    'a b:/c',
  ]) {
    t.throws(() => readVolumeFlag(bad), { message: /invalid/ }, bad);
  }
  for (const [one, other] of [
    ['ro', 'rw'],
    ['suid', 'nosuid'],
    ['dev', 'nodev'],
    ['exec', 'noexec'],
    ['bind', 'rbind'],
    ['shared', 'rslave'],
    ['z', 'Z'],
    ['copy', 'nocopy'],
  ]) {
    const message = new RegExp(`${one} and ${other} exclude each other`);
    t.throws(() => readVolumeFlag(`/a:/b:${one},${other}`), { message });
    t.doesNotThrow(() => readVolumeFlag(`/a:/b:${one},${one}`));
  }
});

t.test('--mount is a line of CSV', async (t) => {
  t.match(readMountFlag('type=bind,"src=/a,b",dst=/c'), { source: '/a,b', target: '/c' });
  t.match(readMountFlag('type=tmpfs,"dst=/a ""b"""'), { target: '/a "b"' });
  for (const bad of ['type=tmpfs,dst="/a"', '"type=tmpfs,dst=/a', '"type=tmpfs"x,dst=/a']) {
    t.throws(() => readMountFlag(bad), { message: /a field with a quote/ }, bad);
  }
});

t.test('--mount', async (t) => {
  t.match(readMountFlag('type=bind,src=/a,dst=/b,ro=true,bind-propagation=rslave'), {
    kind: 'bind',
    source: '/a',
    target: '/b',
    readOnly: true,
    how: { ...plainBind(), propagation: 'rslave' },
  });
  t.match(readMountFlag('source=v,target=/b'), { kind: 'volume', name: 'v', how: plainBind() });
  t.match(readMountFlag('source=v,target=/b,volume-nocopy,bind-nonrecursive'), {
    how: { copyUp: false, recursive: false },
  });
  t.match(readMountFlag('type=tmpfs,destination=/b,tmpfs-size=1m,tmpfs-mode=700,ro'), {
    kind: 'tmpfs',
    readOnly: true,
    how: { ...plainTmpfs(), settings: { size: '1048576', mode: '700' } },
  });
  t.match(readMountFlag('type=tmpfs,dst=/b,notmpcopyup'), { how: { copyUp: false } });
  t.match(readMountFlag('type=bind,src=/a,dst=/b,noexec,dev,rslave'), {
    how: { ...plainBind(), attributes: { exec: false, dev: true }, propagation: 'rslave' },
  });
  t.match(readMountFlag('type=tmpfs,dst=/b,noexec'), {
    how: { ...plainTmpfs(), attributes: { exec: false } },
  });
  t.match(readMountFlag('type=bind,src=/a,dst=/b,ro,Z'), { readOnly: true });
  t.match(readMountFlag('type=bind,src=/a,dst=/b,U=true,relabel=private'), {
    how: { chown: true },
  });
  t.match(readMountFlag('type=image,src=i,dst=/b,subpath=a/b'), {
    kind: 'image',
    image: 'i',
    readOnly: true,
    subpath: 'a/b',
  });
  for (const bad of [
    'type=image,dst=/b',
    'type=image,src=i,dst=/b,subpath=../b',
    'type=bind,src=/a,dst=/b,relabel=both',
    'type=bind,src=/a,dst=/b,subpath=b',
    'type=bind,src=/a,dst=/b,bind-propagation=U',
    'type=bind,src=/a,dst=/b,noexec=true',
    'type=bind,src=/a,dst=/b,noexec,exec',
    'type=image,src=i,dst=/b,noexec',
    'type=tmpfs,dst=/b,rslave',
    'type=bind,dst=/b',
    'type=nfs,dst=/b',
    'type=bind,src=/a',
    'type=bind,src=/a,dst=/b,colour=red',
    'type=bind,src=/a,dst=/b,ro=perhaps',
    'type=tmpfs,dst=/b,tmpfs-mode=rwx',
  ]) {
    t.throws(() => readMountFlag(bad), { code: 'bad-flag-value' }, bad);
  }
});

t.test('--mount of what fits a pattern', async (t) => {
  const files =
    (...found: string[]) =>
    (pattern: string) => {
      t.equal(pattern, '/s/v*');
      return found;
    };
  const same = readMountFlags('type=glob,src=/s/v*,ro', files('/s/v1', '/s/v2'));
  t.match(same, [
    { kind: 'bind', source: '/s/v1', target: '/s/v1', readOnly: true },
    { kind: 'bind', source: '/s/v2', target: '/s/v2', readOnly: true },
  ]);
  const inside = readMountFlags('type=glob,src=/s/v*,dst=/d,noexec', files('/s/v1', '/s/v2'));
  t.same(
    inside.map(({ target }) => target),
    ['/d/v1', '/d/v2'],
  );
  t.match(inside[1], { how: { attributes: { exec: false } } });
  t.throws(() => readMountFlags('type=glob,src=/s/v*', files()), {
    message: 'no file paths matching glob "/s/v*"',
  });
  t.throws(() => readMountFlags('type=glob,src=/s/v*,colour=red', files('/s/v1')), {
    message: /colour/,
  });
});

t.test('--mount of the kernel’s filesystems', async (t) => {
  t.match(readMountFlag('type=ramfs,dst=/r,tmpfs-mode=0700,noexec'), {
    kind: 'kernel',
    filesystem: 'ramfs',
    target: '/r',
    how: { attributes: { exec: false }, settings: ['mode=0700'] },
  });
  t.match(readMountFlag('type=devpts,dst=/p,mode=620,gid=5,uid=0,max=9,ro'), {
    filesystem: 'devpts',
    readOnly: true,
    how: { settings: ['uid=0', 'gid=5', 'mode=620', 'max=9'] },
  });
  for (const bad of ['type=devpts,dst=/p,gid=tty', 'type=ramfs,dst=/r,tmpfs-size=1m']) {
    t.throws(() => readMountFlag(bad), { code: 'bad-flag-value' }, bad);
  }
  t.throws(() => readMountFlag('type=tmpfs,dst=/t,noswap'), { message: /rootful tmpfs mounts/ });
});

t.test('--tmpfs', async (t) => {
  t.same(readTmpfsFlag('/t:mode=1777,ro,size=64m,noexec,noatime,suid,notmpcopyup'), {
    kind: 'tmpfs',
    target: '/t',
    readOnly: true,
    origin: '--tmpfs /t:mode=1777,ro,size=64m,noexec,noatime,suid,notmpcopyup',
    how: {
      attributes: { exec: false, atime: false, suid: true },
      settings: { mode: '1777', size: '64m' },
      copyUp: false,
    },
  });
  t.throws(() => readTmpfsFlag('/t:lowerdir=/etc'), { message: /no option lowerdir/ });
  t.throws(() => readTmpfsFlag('/t:size=1m:ro'), { message: /no option/ });
});

t.test('what volumes say of themselves has the same words', async (t) => {
  t.match(readVolumeOptions({ type: 'none', o: 'bind,ro,noexec', device: '/d' }), {
    kind: 'bind',
    said: { readOnly: true, recursive: false, attributes: { exec: false } },
  });
  t.match(readVolumeOptions({ type: 'tmpfs', device: 'tmpfs', o: 'size=1m,noexec' }), {
    kind: 'tmpfs',
    said: { settings: { size: '1m' }, attributes: { exec: false } },
  });
  for (const o of ['bind,U', 'bind,O', 'bind,nocopy', 'bind,z', 'bind,size=1m']) {
    const wrong = { code: 'bad-volume-option' };
    t.throws(() => readVolumeOptions({ o, device: '/d' }), wrong, o);
  }
  t.throws(() => readVolumeOptions({ type: 'tmpfs', o: 'notmpcopyup' }), /there is no option/);
});

t.test('repeats and duplicates', async (t) => {
  const [one, other] = [readVolumeFlag('/a:/t'), readMountFlag('type=bind,src=/a,dst=/t')];
  t.same(withoutRepeats([one, other, readVolumeFlag('/t')]).length, 2);
  t.throws(() => checkDuplicates([readTmpfsFlag('/t'), one]), { code: 'duplicate-mount' });
});

t.test('mounts in records of earlier versions', async (t) => {
  const earlier = (mount: object) => currentMount(mount as Parameters<typeof currentMount>[0]);
  const bind = { kind: 'bind', source: '/a', target: '/b', readOnly: true, origin: 'o' };
  const tmpfs = { kind: 'tmpfs', target: '/b', origin: 'o' };
  for (const [word, { readOnly: _, ...says }] of Object.entries(bindWords)) {
    const read = earlier({ ...bind, options: [word] });
    t.same(read, { ...bind, how: { ...plainBind(), ...says } }, word);
    t.equal(currentMount(read), read, 'a mount of today stays as it is');
  }
  t.match(earlier({ ...bind, options: ['workdir=/w', 'O', 'upperdir=/u'] }), {
    how: { overlay: { kept: { upper: '/u', work: '/w' } } },
  });
  t.same(earlier({ ...tmpfs, options: ['size=1m', 'ro', 'tmpcopyup', 'exec'] }), {
    ...tmpfs,
    readOnly: true,
    how: { ...plainTmpfs(), settings: { size: '1m' }, attributes: { exec: true } },
  });
  t.same(earlier({ ...bind, kind: 'image', image: 'i', options: [] }), {
    ...bind,
    kind: 'image',
    image: 'i',
  });
  t.match(earlier({ ...bind, options: ['shared', 'rslave', 'unheard-of'] }), {
    how: { propagation: 'rslave' },
  });
});
