import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Teardown } from '../registry/real-registry.ts';
import { startRegistry, temporaryDirectory, writeLayout } from '../registry/real-registry.ts';

/** A tar with many small files and a larger one. */
export function manyFiles(test: Teardown, name: string): Buffer {
  const directory = temporaryDirectory(test);
  const top = join(directory, name);
  for (let at = 0; at < 8; at += 1) {
    mkdirSync(join(top, `d${at}`), { recursive: true });
    for (let file = 0; file < 20; file += 1) {
      writeFileSync(join(top, `d${at}`, `f${file}`), `${name} ${at} ${file}\n`);
    }
  }
  writeFileSync(join(top, 'large'), randomBytes(400_000));
  const owner = ['--owner=0', '--group=0'];
  return execFileSync('tar', ['-C', directory, ...owner, '-cf', '-', name], { maxBuffer: 1 << 28 });
}

export interface Images {
  /** Layouts of images that share their first two layers. */
  layouts: string[];
}

/** Makes images of three layers each, of which the first two are the same. */
export function sharingImages(test: Teardown, count: number): Images {
  const shared = [manyFiles(test, 'base'), manyFiles(test, 'middle')];
  const layouts = Array.from({ length: count }, (_, index) =>
    writeLayout(test, [...shared, manyFiles(test, `top${index}`)]),
  );
  return { layouts };
}

/** A registry with these images as `imageN:1`; resolves with its address. */
export async function registryWith(test: Teardown, { layouts }: Images): Promise<string> {
  const address = await startRegistry(test);
  for (const [index, layout] of layouts.entries()) {
    const target = `docker://${address}/image${index}:1`;
    execFileSync('skopeo', ['copy', '-q', '--dest-tls-verify=false', `oci:${layout}:x`, target]);
  }
  return address;
}
