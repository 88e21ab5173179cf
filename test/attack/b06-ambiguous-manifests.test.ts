// B6: OCI 2021-41190; moby 2021-21285; image 2024-3727. Manifests that can be read in two ways, and
// digests that are paths.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Attack, digestOf, imageDocument } from './support.ts';

type Json = Record<string, unknown>;
const type = 'application/vnd.oci.image';

/** An OCI image layout whose manifest a test may change; the directory. */
function layout(attack: Attack, name: string, change: (manifest: Json) => Json): string {
  const directory = attack.sandbox.makeDirectory(name);
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    writeFileSync(join(blobs, digest.slice(7)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layer = attack.baseLayer();
  const manifest = {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: put(`${type}.config.v1+json`, imageDocument([layer])),
    layers: [put(`${type}.layer.v1.tar`, layer)],
  };
  const entry = put(manifest.mediaType, Buffer.from(JSON.stringify(change(manifest))));
  const annotations = { 'org.opencontainers.image.ref.name': `example.com/${name}:1` };
  const index = { schemaVersion: 2, manifests: [{ ...entry, annotations }] };
  writeFileSync(join(directory, 'index.json'), JSON.stringify(index));
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return directory;
}

t.test('what is ambiguous or malformed is refused before it is used', async (t) => {
  const attack = new Attack();
  const { sandbox, victim } = attack;
  const layerWith = (digest: string) => (manifest: Json) => ({
    ...manifest,
    layers: [{ mediaType: `${type}.layer.v1.tar`, digest, size: 1 }],
  });
  const hex = 'a'.repeat(64);
  const cases: Record<string, (manifest: Json) => Json> = {
    both: (manifest) => ({ ...manifest, manifests: [] }),
    traversal: layerWith(`sha256:../../../../../../../..${victim}/canary`),
    slash: layerWith(`sha256:${hex.slice(1)}/`),
    short: layerWith(`sha256:${hex.slice(1)}`),
    uppercase: layerWith(`sha256:${hex.toUpperCase()}`),
    algorithm: layerWith(`../sha256:${hex}`),
    negative: (manifest) => ({
      ...manifest,
      config: { ...(manifest['config'] as Json), size: -1 },
    }),
    layers: (manifest) => ({ ...manifest, layers: 'none' }),
    empty: () => ({}),
  };
  for (const [name, change] of Object.entries(cases)) {
    const { code, stderr } = sandbox.run(['load', '-q', '-i', layout(attack, name, change)]);
    t.equal(code, 125, name);
    t.match(stderr, /^Error: [^\n]+\n$/, name);
    t.notMatch(stderr, /canary\n/, name);
  }
  t.equal(sandbox.ok('images', '-q'), '', 'nothing was tagged');
  sandbox.ok(
    'load',
    '-q',
    '-i',
    layout(attack, 'honest', (manifest) => manifest),
  );
  t.equal(attack.run('example.com/honest:1', 'echo', 'ok').stdout, 'ok\n');
  t.equal(attack.damage(), '');
  t.same(attack.close(), []);
});
