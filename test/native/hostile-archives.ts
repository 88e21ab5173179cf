import { join } from 'node:path';
import { pax, type TarEntry } from './tar.ts';

const outside = (name: string): TarEntry => ({ path: name, content: 'pwned' });
const link = (path: string, target: string): TarEntry => ({ path, type: '2', link: target });

/**
 * Archives that try to get at `victim`, a directory beside the one they are unpacked to that holds
 * the file `file`; refused or contained, never obeyed.
 */
export function hostileArchives(victim: string): Record<string, TarEntry[]> {
  return {
    'parent directory': [outside('../victim/pwned')],
    'parent in the middle': [outside('a/../../victim/pwned')],
    'absolute path': [outside(join(victim, 'pwned'))],
    'through an absolute link': [link('l', victim), outside('l/pwned')],
    'through a relative link': [link('l', '../victim'), outside('l/pwned')],
    'over a link': [link('l', join(victim, 'file')), outside('l')],
    'link chain': [link('a', 'b'), link('b', '../victim'), outside('a/pwned')],
    'link loop': [link('a', 'b'), link('b', 'a'), outside('a/pwned')],
    'hard link out': [{ path: 'h', type: '1', link: '../victim/file' }],
    'hard link absolute': [{ path: 'h', type: '1', link: join(victim, 'file') }, outside('h')],
    'hard link through a link': [link('l', victim), { path: 'h', type: '1', link: 'l/file' }],
    'hard link to the root': [{ path: 'h', type: '1', link: '/' }],
    'chmod through a link': [
      link('l', join(victim, 'file')),
      { path: 'l', type: '5', mode: 0o777 },
    ],
    'directory over a link': [
      link('l', victim),
      { path: 'l', type: '5', mode: 0o777 },
      outside('l/pwned'),
    ],
    'whiteout out': [{ path: '../.wh.victim' }],
    'whiteout through a link': [link('l', '..'), { path: 'l/.wh.victim' }],
    'whiteout of dot': [{ path: '.wh..' }],
    'whiteout of dot dot': [{ path: '.wh...' }],
    'whiteout of nothing': [{ path: '.wh.' }],
    'pax path out': [pax({ path: '../victim/pwned' }), outside('ok')],
    'pax link out': [pax({ linkpath: '../victim/file' }), { path: 'h', type: '1', link: 'x' }],
    'pax NUL': [pax({ path: 'a\0../victim' }), outside('ok')],
    'pax size lies': [pax({ size: '4096' }), { path: 'f', content: 'x' }],
    'pax size overflows': [pax({ size: '99999999999999999999' }), outside('f')],
    'pax bad length': [{ path: 'pax', type: 'x', content: '999 path=x\n' }, outside('f')],
    'pax no newline': [{ path: 'pax', type: 'x', content: '9 path=xx' }, outside('f')],
    'pax uid out of range': [pax({ uid: '4294967296' }), outside('f')],
    'huge extended header': [{ path: 'pax', type: 'x', claimedSize: 2 ** 30 }],
    'long name out': [{ path: 'L', type: 'L', content: '../victim/pwned\0' }, outside('ok')],
    'too long a path': [{ path: 'L', type: 'L', content: 'a/'.repeat(4000) }, outside('ok')],
    'wrong checksum': [{ path: 'f', content: 'x', badChecksum: true }],
    'unknown type': [{ path: 'f', type: 'Z' }],
    sparse: [{ path: 'f', type: 'S' }],
    truncated: [{ path: 'f', claimedSize: 1 << 20 }],
    'file as a directory': [{ path: 'f', content: 'x' }, outside('f/g')],
    'empty link': [{ path: 'l', type: '2', link: '' }],
    'device node': [{ path: 'sda', type: '4', mode: 0o666 }],
    'whiteout as a device': [{ path: 'w', type: '3', mode: 0o666 }],
    fifo: [
      { path: 'p', type: '6', mode: 0o666 },
      { path: 'p', content: 'x' },
    ],
    'setuid file': [{ path: 's', content: 'x', mode: 0o4755 }],
    'the root as a file': [{ path: './', content: 'x' }],
  };
}
