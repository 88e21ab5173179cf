// C1: regclient GHSA-qv35-3gw6-8q4j; incus 2026-33542. What came is not what its digest says.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { answerWith, bryo, type ServedImage, serve, servedImage } from './registry.ts';
import { Attack } from './support.ts';

function flip(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
  return changed;
}

t.test('each part is checked against its digest', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const honest = servedImage(attack);
  const { config, layer } = honest;
  const spaced = Buffer.from(`${honest.manifest} `);
  const cases: Record<string, ServedImage> = {
    config: { ...honest, config: { ...config, bytes: flip(config.bytes) } },
    layer: { ...honest, layer: { ...layer, bytes: flip(layer.bytes) } },
    short: { ...honest, layer: { ...layer, bytes: layer.bytes.subarray(0, 1000) } },
    manifest: { ...honest, manifest: spaced },
  };
  for (const [name, image] of Object.entries(cases)) {
    const host = await serve(t, (request, response) => answerWith(image, request, response));
    const pinned = name === 'manifest' ? `@${honest.digest}` : ':1';
    const { code, stdout, stderr } = await bryo(attack, ['pull', '-q', `${host}/image${pinned}`]);
    t.same([code, stdout], [125, ''], name);
    t.match(stderr, /^Error: [^\n]+\n$/, name);
    t.ok(stderr.includes(host), `the place is named: ${stderr}`);
  }
  t.equal(sandbox.ok('images', '-q', '-a'), '', 'nothing was tagged');
  t.same(readdirSync(join(sandbox.root, 'tmp')), []);
  const host = await serve(t, (request, response) => answerWith(honest, request, response));
  const pulled = await bryo(attack, ['pull', '-q', `${host}/image@${honest.digest}`]);
  t.same([pulled.code, pulled.stderr], [0, '']);
  t.same(attack.close(), []);
});
