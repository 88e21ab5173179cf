import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TarItem, writeTar } from '../../src/hello/tar.ts';
import { Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { testUser } from '../support/user.ts';

const applets = [
  'sh',
  'cat',
  'echo',
  'env',
  'grep',
  'id',
  'ln',
  'ls',
  'mkdir',
  'mknod',
  'mv',
  'rm',
];
const more = ['sleep', 'stat', 'test', 'touch', 'true', 'umask', 'wc', 'dd', 'readlink', 'nsenter'];

/** The image's config, as an attacker writes it. */
export interface ImageConfig {
  Env?: string[];
  User?: string;
  WorkingDir?: string;
  Cmd?: string[];
  Entrypoint?: string[];
  Labels?: Record<string, string>;
  Volumes?: Record<string, object>;
}

/** The base: a busybox, without any of the directories that engines mount on. */
export function busybox(): TarItem[] {
  const links = [...applets, ...more].map(
    (name): TarItem => ({ kind: 'link', path: `bin/${name}`, target: 'busybox' }),
  );
  const content = readFileSync('/bin/busybox');
  return [
    { kind: 'directory', path: 'bin', mode: 0o755 },
    { kind: 'file', path: 'bin/busybox', mode: 0o755, content },
    ...links,
  ];
}

/** The digest of these bytes. */
export function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The document that describes an image of these (plain) layers. */
export function imageDocument(layers: readonly Uint8Array[], config: ImageConfig = {}): Buffer {
  const rootfs = { type: 'layers', diff_ids: layers.map(digestOf) };
  const place = { architecture: 'amd64', os: 'linux' };
  return Buffer.from(
    JSON.stringify({ ...place, config: { Cmd: ['/bin/true'], ...config }, rootfs }),
  );
}

/** An archive as `docker save` writes it, of these layers, byte for byte. */
export function dockerArchive(
  tag: string,
  layers: readonly Uint8Array[],
  config: ImageConfig = {},
): Buffer {
  const file = (path: string, content: Uint8Array): TarItem => ({
    kind: 'file',
    path,
    mode: 0o644,
    content,
  });
  const names = layers.map((_, index) => `layer-${index}.tar`);
  const manifest = [{ Config: 'config.json', RepoTags: [tag], Layers: names }];
  return writeTar([
    file('config.json', imageDocument(layers, config)),
    ...layers.map((layer, index) => file(names[index] ?? '', layer)),
    file('manifest.json', Buffer.from(JSON.stringify(manifest))),
  ]);
}

/** A sandbox with a victim: a file and a directory of the host's user that must stay as they are. */
export class Attack {
  readonly sandbox = new Sandbox();
  readonly victim: string;
  readonly #before: string;

  constructor() {
    this.victim = this.sandbox.makeDirectory('victim');
    writeFileSync(join(this.victim, 'canary'), 'canary\n');
    const { uid, gid } = testUser();
    chownSync(join(this.victim, 'canary'), uid, gid);
    this.#before = this.#look();
  }

  #look(): string {
    return execFileSync('find', [this.victim, '-printf', '%p %m %n %s %U %l\n'], {
      encoding: 'utf8',
    }).concat(readFileSync(join(this.victim, 'canary'), 'utf8'));
  }

  /** What became of the victim; the empty text when nothing did. */
  damage(): string {
    const now = this.#look();
    return now === this.#before ? '' : now;
  }

  /** Writes an archive as `docker save` does, of these layers, byte for byte; its path. */
  archive(name: string, layers: readonly Uint8Array[], config: ImageConfig = {}): string {
    const path = join(this.sandbox.directory, `${name}.tar`);
    writeFileSync(path, dockerArchive(`example.com/${name}:1`, layers, config));
    return path;
  }

  /** A layer with a busybox, for images of several layers. */
  baseLayer(): Buffer {
    return Buffer.from(writeTar(busybox()));
  }

  /** Takes an image of these files and this config into the store. */
  image(name: string, items: readonly TarItem[], config: ImageConfig = {}): string {
    const layer = writeTar([...busybox(), ...items]);
    this.sandbox.ok('load', '-q', '-i', this.archive(name, [layer], config));
    return `example.com/${name}:1`;
  }

  /** `run --rm` without a network, unless one is asked for by `--network=…`. */
  run(...args: string[]) {
    const network = args.some((arg) => arg.startsWith('--network=')) ? [] : ['--network', 'none'];
    return this.sandbox.run(['run', '--rm', ...network, ...args]);
  }

  /** A program of the test's own, compiled statically, as a file for an image. */
  probe(name: string, source: string): TarItem {
    const path = join(this.sandbox.directory, name);
    writeFileSync(`${path}.c`, source);
    execFileSync('gcc', ['-O1', '-static', '-o', path, `${path}.c`]);
    chmodSync(path, 0o755);
    return { kind: 'file', path: `bin/${name}`, mode: 0o755, content: readFileSync(path) };
  }

  close(): string[] {
    return this.sandbox.close();
  }
}

/** Digests of the programs that a container must never change. */
export function productHashes(): string {
  return ['bryo', 'bryo-launcher', 'bryo-worker', 'bryo.node', 'bryo-slirp.so', 'bryo-engine.so']
    .map((name) => join(projectDir, 'dist', name))
    .filter((path) => existsSync(path))
    .map((path) => createHash('sha256').update(readFileSync(path)).digest('hex'))
    .join('\n');
}
