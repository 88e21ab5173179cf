import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTar } from '../../src/hello/tar.ts';
import { busybox, dockerArchive } from '../attack/support.ts';
import { type TarEntry, tar } from '../native/tar.ts';
import { Sandbox } from '../support/bryo.ts';
import { productArgv } from '../support/product.ts';

export const drivers = ['overlay', 'fuse-overlayfs', 'vfs'] as const;
/** A layer with a busybox. */
export const base = Buffer.from(writeTar(busybox()));

/** A layer of directories (`d/`) and files (`d/name=content`). */
export function layer(...words: string[]): Buffer {
  return tar(
    ...words.map((word): TarEntry => {
      const [path = '', content = ''] = word.split('=');
      return path.endsWith('/') ? { path, type: '5', mode: 0o755 } : { path, content };
    }),
  );
}

/** A store that is used with one driver. */
export class DriverStore extends Sandbox {
  readonly #driver: string[];

  constructor(driver: string) {
    super();
    this.#driver = ['--storage-driver', driver];
    this.makeDirectory('archives');
  }

  override get flags(): string[] {
    return [...super.flags, ...this.#driver];
  }

  path(name: string): string {
    return join(this.directory, 'archives', name);
  }

  /** Takes an image of these layers in. */
  image(name: string, layers: readonly Buffer[]): string {
    writeFileSync(this.path(name), dockerArchive(`example.com/${name}:1`, layers));
    this.ok('load', '-q', '-i', this.path(name));
    return `example.com/${name}:1`;
  }

  shell(image: string, script: string, ...flags: string[]): string {
    return this.ok('run', '--rm', '--network', 'none', ...flags, image, 'sh', '-ec', script);
  }

  layersOf(image: string): string[] {
    return JSON.parse(this.ok('image', 'inspect', image))[0].RootFS.Layers;
  }

  /** What a script prints within `bryo unshare`, in which $B is the whole command with its flags. */
  unshared(script: string): string {
    const words = [...productArgv(), ...this.flags].join(' ');
    return this.ok('unshare', 'sh', '-ec', `B="${words}"; ${script}`);
  }
}
