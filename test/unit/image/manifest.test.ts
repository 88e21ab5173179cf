import t from 'tap';
import { checkLayerCount, parseConfig } from '../../../src/image/config.ts';
import { parseDigest } from '../../../src/image/digest.ts';
import { parseManifest, parseSingleManifest } from '../../../src/image/manifest.ts';
import { mediaTypes } from '../../../src/image/media-types.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const config = { mediaType: mediaTypes.ociConfig, digest, size: 2 };
const layer = { mediaType: `${mediaTypes.ociLayer}+gzip`, digest, size: 10 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, manifests: [{ ...layer, mediaType: mediaTypes.ociManifest }] };

t.test('manifests and indexes', async (test) => {
  test.equal(parseManifest(bytes(manifest)).kind, 'manifest');
  test.equal(parseManifest(bytes(index)).kind, 'index');
  test.equal(
    parseManifest(bytes({ ...manifest, mediaType: undefined }), mediaTypes.dockerManifest)
      .mediaType,
    mediaTypes.dockerManifest,
  );
  test.throws(() => parseSingleManifest(bytes(index)), { code: 'bad-image' });
});

t.test('hostile manifests', async (test) => {
  const withLayer = (change: object) => ({ ...manifest, layers: [{ ...layer, ...change }] });
  const cases: Record<string, unknown> = {
    'both a manifest and an index': { ...manifest, manifests: [] },
    'both, and no media type': { ...manifest, mediaType: undefined, manifests: [] },
    'index type, manifest content': { ...manifest, mediaType: mediaTypes.ociIndex },
    'manifest type, index content': { ...index, mediaType: mediaTypes.ociManifest },
    'schema 1': { schemaVersion: 1, fsLayers: [] },
    'no config': { ...manifest, config: undefined },
    'no layers': { ...manifest, layers: undefined },
    'layers null': { ...manifest, layers: null },
    'digest as a path': withLayer({ digest: 'sha256:../../x' }),
    'short digest': withLayer({ digest: 'sha256:00' }),
    'uppercase digest': withLayer({ digest: `sha256:${'A'.repeat(64)}` }),
    'unknown algorithm': withLayer({ digest: `md5:${'0'.repeat(32)}` }),
    'digest is no string': withLayer({ digest: 5 }),
    'negative size': withLayer({ size: -1 }),
    'size with a fraction': withLayer({ size: 1.5 }),
    'huge size': withLayer({ size: 2 ** 52 }),
    'size as text': withLayer({ size: '5' }),
    'foreign layer': withLayer({
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      urls: ['http://169.254.169.254/'],
    }),
    'unknown layer type': withLayer({ mediaType: 'text/plain' }),
    'too many layers': { ...manifest, layers: new Array(501).fill(layer) },
    'a list': [],
    'a number': 5,
    'a null': null,
  };
  for (const [name, document] of Object.entries(cases)) {
    test.throws(() => parseManifest(bytes(document)), { code: 'bad-image' }, name);
  }
  const artifact = { ...manifest, config: { ...config, mediaType: 'application/x' } };
  test.throws(() => parseManifest(bytes(artifact)), { code: 'not-an-image' }, 'an artifact');
  test.throws(() => parseManifest(Buffer.from('{')), { code: 'bad-image' });
  test.throws(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d])), { code: 'bad-image' });
});

t.test('configurations', async (test) => {
  const good = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: null, Env: ['A=b'], Volumes: { '/v': {} }, Labels: null },
    rootfs: { type: 'layers', diff_ids: [digest] },
  };
  const parsed = parseConfig(bytes(good));
  test.same(parsed.config.cmd, []);
  test.same(parsed.config.volumes, ['/v']);
  test.same(parsed.history, [], 'no history is fine');
  checkLayerCount(parseSingleManifest(bytes(manifest)), parsed);
  const none = parseConfig(bytes({ ...good, rootfs: { type: 'layers', diff_ids: [] } }));
  test.throws(() => checkLayerCount(parseSingleManifest(bytes(manifest)), none), {
    code: 'bad-image',
  });
  const cases: Record<string, unknown> = {
    'no rootfs': { ...good, rootfs: undefined },
    'wrong rootfs type': { ...good, rootfs: { type: 'x', diff_ids: [] } },
    'diff id as a path': { ...good, rootfs: { type: 'layers', diff_ids: ['sha256:../x'] } },
    'env is text': { ...good, config: { Env: 'A=b' } },
    'NUL in env': { ...good, config: { Env: ['A=\0b'] } },
    'labels of numbers': { ...good, config: { Labels: { a: 1 } } },
    'history is text': { ...good, history: 'x' },
    'config is a list': { ...good, config: [] },
  };
  for (const [name, document] of Object.entries(cases)) {
    test.throws(() => parseConfig(bytes(document)), { code: 'bad-image' }, name);
  }
});

t.test('digests', async (test) => {
  test.equal(parseDigest(digest), digest);
  for (const bad of ['', 'sha256:', `${digest}\n`, `SHA256:${'0'.repeat(64)}`, null, 5]) {
    test.throws(() => parseDigest(bad), { code: 'bad-digest' });
  }
});
