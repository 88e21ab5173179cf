import { createHash } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from './product.ts';

type Json = Record<string, unknown>;

/**
 * Makes an OCI image layout, for `load`, of the embedded image under another name and with other
 * settings in its configuration (`config.config`), and of the document around them.
 */
export function imageWith(
  directory: string,
  name: string,
  changes: Json,
  document: Json = {},
): void {
  cpSync(join(projectDir, 'dist', 'hello'), directory, { recursive: true });
  const blob = (digest: string): string => join(directory, 'blobs', digest.replace(':', '/'));
  const read = (path: string): Json => JSON.parse(readFileSync(path, 'utf8')) as Json;
  const put = (value: Json, old: Json): Json => {
    const bytes = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    writeFileSync(blob(digest), bytes);
    return { ...old, digest, size: bytes.length };
  };
  const index = read(join(directory, 'index.json'));
  const [entry] = index['manifests'] as Json[];
  if (entry === undefined) throw new Error('the embedded image has no manifest');
  const manifest = read(blob(String(entry['digest'])));
  const descriptor = manifest['config'] as Json;
  const config = read(blob(String(descriptor['digest'])));
  const changed = { ...config, ...document, config: { ...(config['config'] as Json), ...changes } };
  const described = {
    ...put({ ...manifest, config: put(changed, descriptor) }, entry),
    annotations: { 'org.opencontainers.image.ref.name': name },
  };
  writeFileSync(
    join(directory, 'index.json'),
    JSON.stringify({ ...index, manifests: [described] }),
  );
}
