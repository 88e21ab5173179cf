import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarItem, writeTar } from '../../src/hello/tar.ts';

const directories = 300;
const filesEach = 100;
const fileSize = 7000;

function digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An OCI layout with one image of 30,000 files and 210 MB, written once. */
export function largeImage(directory: string): void {
  if (existsSync(join(directory, 'index.json'))) return;
  mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
  const put = (mediaType: string, bytes: Uint8Array) => {
    writeFileSync(join(directory, 'blobs', 'sha256', digest(bytes).slice(7)), bytes);
    return { mediaType, digest: digest(bytes), size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  let state = 2_463_534_242;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const items: TarItem[] = [
    { kind: 'directory', path: 'bin', mode: 0o755 },
    { kind: 'file', path: 'bin/true', mode: 0o755, content: readFileSync('/bin/busybox') },
  ];
  for (let d = 0; d < directories; d += 1) {
    items.push({ kind: 'directory', path: `d${d}`, mode: 0o755 });
    for (let f = 0; f < filesEach; f += 1) {
      const content = Buffer.alloc(fileSize);
      // Half of each file does not compress, as in a tree of programs and texts.
      for (let at = 0; at < fileSize / 2; at += 4) content.writeUInt32LE(random(), at);
      items.push({ kind: 'file', path: `d${d}/f${f}`, mode: 0o644, content });
    }
  }
  const tar = writeTar(items);
  const layer = put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar, { level: 6 }));
  const config = put(
    'application/vnd.oci.image.config.v1+json',
    json({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['/bin/true'] },
      rootfs: { type: 'layers', diff_ids: [digest(tar)] },
    }),
  );
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = put(
    manifestType,
    json({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }),
  );
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const annotations = { 'org.opencontainers.image.ref.name': 'large:latest' };
  writeFileSync(
    join(directory, 'index.json'),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
}
