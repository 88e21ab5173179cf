import { createHash } from 'node:crypto';
import { extract } from 'tar-stream';

/** Places that containers have things mounted on, whatever an image has there. */
const mounted = /^(proc|sys|dev|run)(\/|$)|^etc\/(hosts|hostname|resolv\.conf|mtab)$/;

/** The entries of an archive that `export` wrote: a line for each, with mode, owner, path and content. */
export async function exportedFiles(archive: Buffer): Promise<string[]> {
  const unpacker = extract();
  unpacker.end(archive);
  const lines: [string, string][] = [];
  for await (const entry of unpacker) {
    const hash = createHash('sha256');
    for await (const piece of entry) hash.update(piece as Buffer);
    const { name, type, mode = 0, uid, gid, size = 0, linkname } = entry.header;
    const path = name.replace(/^\.?\//, '').replace(/\/$/, '');
    if (path === '' || mounted.test(path)) continue;
    const content = type === 'file' ? ` ${size} ${hash.digest('hex').slice(0, 12)}` : '';
    const leads = linkname === undefined || linkname === null ? '' : ` -> ${linkname}`;
    const rights = type === 'symlink' ? '' : ` ${(mode & 0o7777).toString(8)}`;
    lines.push([path, `${type}${rights} ${uid}:${gid} /${path}${leads}${content}`]);
  }
  return lines.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
}
