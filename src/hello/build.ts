import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { names } from '../contract/names.ts';
import { greeting } from './greeting.ts';
import { type TarItem, writeTar } from './tar.ts';

const reference = 'localhost/hello:latest';
const created = '1970-01-01T00:00:00Z';
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', arm: 'arm' };

function findBusybox(): string {
  const path = ['/bin/busybox', '/usr/bin/busybox'].find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error('no busybox: apt install busybox-static');
  // A program interpreter (PT_INTERP) means that it is linked dynamically.
  if (readFileSync(path).includes('/lib64/ld-linux')) {
    throw new Error(`${path} is not static: apt install busybox-static`);
  }
  return path;
}

function layerItems(busybox: string): TarItem[] {
  const directory = (path: string, mode = 0o755): TarItem => ({ kind: 'directory', path, mode });
  const file = (path: string, text: string, mode = 0o644): TarItem => ({
    kind: 'file',
    path,
    mode,
    content: Buffer.from(text),
  });
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const links = applets
    .filter((name) => /^[\w[.-]+$/.test(name) && name !== 'busybox')
    .map((name): TarItem => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' }));
  return [
    directory('bin'),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content: readFileSync(busybox) },
    ...links,
    file('bin/hello', greeting, 0o755),
    directory('etc'),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'),
    file('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    directory('root', 0o700),
    directory('tmp', 0o1777),
    directory('usr'),
    { kind: 'link', path: 'usr/bin', target: '../bin' },
    { kind: 'link', path: 'sbin', target: 'bin' },
    directory('var'),
    directory('var/tmp', 0o1777),
  ];
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes the embedded image as an OCI image layout (OCI image-spec image-layout.md). */
export function buildHello(output: string): void {
  const staged = `${output}.tmp`;
  rmSync(staged, { recursive: true, force: true });
  mkdirSync(join(staged, 'blobs', 'sha256'), { recursive: true });
  const put = (mediaType: string, bytes: Uint8Array) => {
    writeFileSync(join(staged, 'blobs', 'sha256', digest(bytes)), bytes);
    return { mediaType, digest: `sha256:${digest(bytes)}`, size: bytes.length };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const tar = writeTar(layerItems(findBusybox()));
  const layer = put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(tar, { level: 9 }));
  const config = put(
    'application/vnd.oci.image.config.v1+json',
    json({
      created,
      architecture: architectures[arch()] ?? arch(),
      os: 'linux',
      config: {
        Env: [`PATH=${names.defaultPath}`],
        Cmd: ['/bin/hello'],
        WorkingDir: '/',
        Labels: { 'org.opencontainers.image.title': 'hello' },
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${digest(tar)}`] },
      history: [{ created, created_by: 'bryo: busybox and a greeting' }],
    }),
  );
  const manifest = put(
    'application/vnd.oci.image.manifest.v1+json',
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [layer],
    }),
  );
  const annotations = { 'org.opencontainers.image.ref.name': reference };
  writeFileSync(join(staged, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(staged, 'index.json'),
    json({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  rmSync(output, { recursive: true, force: true });
  renameSync(staged, output);
}
