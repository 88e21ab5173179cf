import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pax, type TarEntry, tar } from '../native/tar.ts';
import { projectDir } from '../support/product.ts';

const mtime = 1_000_000_000;
const top = 'c/';
/** CAP_NET_RAW, permitted and effective (struct vfs_cap_data, revision 2). */
const capability = Buffer.from(`0100000200200000${'00'.repeat(12)}`, 'hex');
const longPath = [...'abc'].map((letter) => letter.repeat(110)).join('/');
const longName = 'n'.repeat(255);

function directory(path: string, mode = 0o755): TarEntry {
  return { path: `${top}${path}`, type: '5', mode, mtime };
}

function file(path: string, content: string, more: Partial<TarEntry> = {}): TarEntry {
  return { path: `${top}${path}`, content, mode: 0o644, mtime, ...more };
}

/** An entry whose path is longer than a header has room for, or not UTF-8. */
function renamed(path: string | Uint8Array, entry: TarEntry): TarEntry[] {
  const whole = Buffer.concat([Buffer.from(top), Buffer.from(path)]);
  return [pax({ path: whole }), { ...entry, path: `${top}short` }];
}

/** The directories on the way of the long path. */
const deep = [
  'deep',
  ...longPath.split('/').map((_, at, all) => `deep/${all.slice(0, at + 1).join('/')}`),
];

/** What lets the machine's own python run in a container that mounts /usr: not part of the contract. */
function surroundings(): TarEntry[] {
  const links = ['bin', 'lib', 'lib64'].map(
    (name): TarEntry => ({ path: name, type: '2', link: `usr/${name}`, mtime }),
  );
  const directories = ['usr', 'etc', 'dev', 'proc', 'sys', 'run', 'tmp'].map(
    (path): TarEntry => ({ path, type: '5', mode: 0o755, mtime }),
  );
  const content = readFileSync(join(projectDir, 'test', 'storage', 'tree.py'));
  return [...directories, ...links, { path: 'tree.py', content, mtime }];
}

/** The lower layer: all kinds of entries, and those that the upper one hides or replaces. */
export function lowerLayer(): Buffer {
  return tar(
    ...surroundings(),
    directory(''),
    file('plain', 'one'),
    file('meta', 'm'),
    file('acl', 'a'),
    directory('acl-dir'),
    file('hard-a', 'linked', { mode: 0o640, uid: 5, gid: 6 }),
    { path: `${top}hard-b`, type: '1', link: `${top}hard-a`, mtime },
    { path: `${top}link`, type: '2', link: 'plain', mtime },
    pax({ 'SCHILY.xattr.user.contract': Buffer.from([0, 0xff, 0x0a]) }),
    file('xattr', 'x'),
    pax({ 'SCHILY.xattr.security.capability': capability }),
    file('caps', 'x', { mode: 0o755 }),
    file('setuid', 'x', { mode: 0o4755, uid: 5 }),
    file('setgid', 'x', { mode: 0o2755, gid: 5 }),
    directory('sticky', 0o1777),
    ...deep.flatMap((path) => renamed(path, directory(''))),
    directory('names'),
    ...renamed(`deep/${longPath}/f`, file('', 'deep')),
    ...renamed(`names/${longName}`, file('', 'long')),
    ...renamed(Buffer.from('names/\xff\xfe', 'latin1'), file('', 'bytes')),
    { path: `${top}char`, type: '3', device: [1, 3], mode: 0o666, mtime },
    // A character device 0:0 is what overlay hides files with.
    { path: `${top}char-zero`, type: '3', device: [0, 0], mode: 0o666, mtime },
    { path: `${top}block`, type: '4', device: [8, 0], mode: 0o660, mtime },
    { path: `${top}fifo`, type: '6', mode: 0o640, mtime },
    ...['gone', 'lower-file', 'name-a', 'replaced-by-dir', 'file-to-dir'].map((n) => file(n, 'l')),
    ...[
      'gone-dir',
      'opaque',
      'replaced-by-file',
      'lower-dir',
      'again',
      'dir-to-file',
      'from',
    ].flatMap((name) => [directory(name), file(`${name}/a`, 'a'), file(`${name}/b`, 'b')]),
  );
}

/** The upper layer, in OCI's format: whiteouts of each kind, and entries of another type. */
export function upperLayer(): Buffer {
  return tar(
    directory(''),
    file('.wh.gone', ''),
    file('.wh.gone-dir', ''),
    directory('opaque'),
    file('opaque/.wh..wh..opq', ''),
    file('opaque/new', 'n'),
    directory('replaced-by-dir'),
    file('replaced-by-dir/f', 'f'),
    file('replaced-by-file', 'f'),
    directory('again'),
    file('again/.wh.b', ''),
    file('again/c', 'c'),
  );
}

/** What is seen of both layers, as tree.py shows it. */
export const seenBelow: Readonly<Record<string, string>> = {
  plain: "file 644 0:0 'one'",
  meta: "file 644 0:0 'm'",
  acl: "file 644 0:0 'a'",
  'acl-dir': 'directory 755 0:0',
  'hard-a': "file 640 5:6 'linked'",
  'hard-b': "file 640 5:6 'linked' = hard-a",
  link: "link 777 0:0 'plain'",
  xattr: "file 644 0:0 'x' user.contract=00ff0a",
  caps: `file 755 0:0 'x' security.capability=${capability.toString('hex')}`,
  setuid: "file 4755 5:0 'x'",
  setgid: "file 2755 0:5 'x'",
  sticky: 'directory 1777 0:0',
  ...Object.fromEntries(deep.map((path) => [path, 'directory 755 0:0'])),
  [`deep/${longPath}/f`]: "file 644 0:0 'deep'",
  names: 'directory 755 0:0',
  [`names/${longName}`]: "file 644 0:0 'long'",
  'names/\\xff\\xfe': "file 644 0:0 'bytes'",
  char: "file 0 0:0 ''",
  'char-zero': "file 0 0:0 ''",
  block: "file 0 0:0 ''",
  fifo: 'fifo 640 0:0',
  'lower-file': "file 644 0:0 'l'",
  'name-a': "file 644 0:0 'l'",
  'file-to-dir': "file 644 0:0 'l'",
  'replaced-by-dir': 'directory 755 0:0',
  'replaced-by-dir/f': "file 644 0:0 'f'",
  'replaced-by-file': "file 644 0:0 'f'",
  opaque: 'directory 755 0:0',
  'opaque/new': "file 644 0:0 'n'",
  again: 'directory 755 0:0',
  'again/a': "file 644 0:0 'a'",
  'again/c': "file 644 0:0 'c'",
  ...Object.fromEntries(
    ['lower-dir', 'dir-to-file', 'from'].flatMap((name) => [
      [name, 'directory 755 0:0'],
      [`${name}/a`, "file 644 0:0 'a'"],
      [`${name}/b`, "file 644 0:0 'b'"],
    ]),
  ),
};

/** Every entry of the layers has this time. */
export const layerTime = mtime;

const accessList = [
  '02000000',
  '01000600ffffffff',
  '0200040005000000',
  '04000400ffffffff',
  '10000400ffffffff',
  '20000000ffffffff',
].join('');

/** What tree.py changes: null for what is no longer there. */
const changed: Readonly<Record<string, string | null>> = {
  plain: "file 644 0:0 'one two'",
  meta: "file 600 7:8 'm'",
  xattr: "file 644 0:0 'x' user.new=00ff",
  acl: `file 640 0:0 'a' system.posix_acl_access=${accessList}`,
  'acl-dir': `directory 755 0:0 system.posix_acl_default=${accessList.replace('020004000500', '020004000600')}`,
  n1: "file 644 0:0 'new'",
  n2: "file 644 0:0 'new' = n1",
  'new-link': "link 777 0:0 'n1'",
  'new-fifo': 'fifo 640 0:0',
  'new-caps': `file 644 0:0 'x' security.capability=${capability.toString('hex')}`,
  'new-suid': "file 6755 9:9 'x'",
  'new-sticky': 'directory 1777 0:0',
  ...Object.fromEntries(deep.map((path) => [`new-${path}`, 'directory 755 0:0'])),
  [`new-deep/${longPath}/f`]: "file 644 0:0 'deep'",
  'new-names': 'directory 755 0:0',
  [`new-names/${longName.slice(4)}`]: "file 644 0:0 'long'",
  'new-names/\\xff\\xfe': "file 644 0:0 'bytes'",
  'new-sparse': 'file 644 0:0 8388611 bytes',
  'lower-file': null,
  'lower-dir': null,
  'lower-dir/a': null,
  'lower-dir/b': null,
  'again/a': null,
  'again/c': null,
  'again/new': "file 644 0:0 'n'",
  'file-to-dir': 'directory 755 0:0',
  'file-to-dir/f': "file 644 0:0 'f'",
  'dir-to-file': "file 644 0:0 'd'",
  'dir-to-file/a': null,
  'dir-to-file/b': null,
  from: null,
  'from/a': null,
  'from/b': null,
  to: 'directory 755 0:0',
  'to/a': "file 644 0:0 'a'",
  'to/b': "file 644 0:0 'b'",
  'name-a': null,
  'name-b': "file 644 0:0 'l'",
};

/** What is seen after tree.py has made its changes. */
export const seenAfter: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries({ ...seenBelow, ...changed }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  ),
);

/** A deleted or replaced directory is told of, what was in it is not. */
function inDeletedDirectory(path: string): boolean {
  return /^(lower-dir|from|dir-to-file)\//.test(path);
}

/** The same as `diff` tells it, sorted. Only UTF-8 can be told in text. */
export const toldChanges: readonly string[] = [
  'C /c',
  'C /c/again',
  ...Object.entries(changed)
    .filter(([path]) => !inDeletedDirectory(path))
    .map(([path, facts]) => {
      const kind = facts === null ? 'D' : path in seenBelow ? 'C' : 'A';
      return `${kind} /c/${path}`;
    }),
].sort();
