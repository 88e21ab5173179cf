import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readIndex } from '../../src/image/layout.ts';
import { hostPlatform } from '../../src/image/platform.ts';
import type { PullProgress } from '../../src/image/progress.ts';
import { pullImage } from '../../src/image/pull.ts';
import { parseReference } from '../../src/image/reference.ts';
import { findImage, resolveImage } from '../../src/image/resolve.ts';
import type { LayerSink } from '../../src/store/layer-sink.ts';
import type { Store } from '../../src/store/paths.ts';
import { serve } from '../attack/registry.ts';
import {
  memoryLayers,
  push,
  run,
  startRegistry,
  tarOf,
  temporaryDirectory,
  writeLayout,
} from './real-registry.ts';

function makeStore(test: Test): Store {
  const directory = temporaryDirectory(test);
  return { root: join(directory, 'root'), runroot: join(directory, 'run'), searchGroup: null };
}

interface PullSettings {
  layers?: LayerSink;
  authFile?: string;
  events?: PullProgress[];
}

function pull(store: Store, name: string, { layers, authFile, events }: PullSettings = {}) {
  return pullImage({
    store,
    reference: parseReference(name),
    platform: hostPlatform(process.arch),
    tlsVerify: true,
    authFile: authFile ?? null,
    gate: { admit: async () => undefined },
    layers: layers ?? memoryLayers(),
    onProgress: (event) => events?.push(event),
  });
}

function stagedFiles(store: Store): string[] {
  const staging = join(store.root, 'tmp');
  return existsSync(staging) ? readdirSync(staging) : [];
}

/** A registry that hands the answers of another one on, changed. */
async function tamper(test: Test, behind: string, change: (url: string, body: Buffer) => Buffer) {
  return serve(test, (incoming, outgoing) => {
    const [host = '', port] = behind.split(':');
    const { url = '' } = incoming;
    // Always the whole body: what is changed here has no ranges.
    const { range: _range, ...headers } = incoming.headers;
    const inner = httpRequest({ host, port, path: url, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = change(url, Buffer.concat(chunks));
        const type = answer.headers['content-type'] ?? '';
        outgoing.writeHead(answer.statusCode ?? 500, { 'content-type': type });
        outgoing.end(body);
      });
    });
    inner.end();
  });
}

t.test('a real registry', async (test) => {
  const registry = await startRegistry(test);
  const layout = writeLayout(test, [
    tarOf(test, 'a', randomBytes(300_000)),
    tarOf(test, 'b', Buffer.from('b')),
  ]);
  const name = `${registry}/some/image:1`;
  push(layout, name);
  const store = makeStore(test);
  const layers = memoryLayers();
  const image = await pull(store, name, { layers });
  test.same(image.config.config.cmd, ['/bin/true']);
  test.equal(resolveImage(store, name).id, image.id);
  test.equal(resolveImage(store, image.id.slice(0, 12)).id, image.id);
  test.same(stagedFiles(store), [], 'nothing is left in the staging directory');
  test.equal(statSync(join(store.root, 'index.json')).mode & 0o777, 0o600);

  const seen = JSON.parse(run('skopeo', ['inspect', `oci:${store.root}:${name}`]));
  test.equal(seen.Digest, image.manifestDigest, 'skopeo reads the store');
  run('skopeo', ['copy', '-q', `oci:${store.root}:${name}`, `dir:${temporaryDirectory(test)}`]);

  const events: PullProgress[] = [];
  await pull(store, name, { layers, events });
  test.same(
    events.map(({ kind }) => kind),
    ['trying', 'exists', 'exists', 'config', 'manifest'],
    'a second pull fetches no layer',
  );
  test.equal(readIndex(store).length, 1);

  const pinned = `${registry}/some/image@${image.manifestDigest}`;
  const other = makeStore(test);
  test.same((await pull(other, pinned)).names, [], 'a pull by digest gives no name');
  test.equal(findImage(other, pinned)?.id, image.id);

  await test.rejects(pull(store, `${registry}/some/image:2`), { code: 'manifest-unknown' });
  await test.rejects(pull(store, `${registry}/some/image@sha256:${'0'.repeat(64)}`), {
    code: 'manifest-unknown',
  });
});

t.test('a new image under an old name', async (test) => {
  const registry = await startRegistry(test);
  const store = makeStore(test);
  const name = `${registry}/image:latest`;
  push(writeLayout(test, [tarOf(test, 'a', Buffer.from('1'))]), name);
  const old = await pull(store, name);
  push(writeLayout(test, [tarOf(test, 'a', Buffer.from('2'))]), name);
  const fresh = await pull(store, name);
  test.equal(resolveImage(store, name).id, fresh.id);
  test.same(resolveImage(store, old.id).names, [], 'the old one stays without a name');
});

t.test('an index is followed to the platform, and found again by its digest', async (test) => {
  const registry = await startRegistry(test);
  const name = `${registry}/image:multi`;
  push(writeLayout(test, [tarOf(test, 'a', Buffer.from('1'))]), `${registry}/image:one`);
  const one = await fetch(`http://${registry}/v2/image/manifests/one`, {
    headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
  });
  const size = (await one.arrayBuffer()).byteLength;
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const { os, architecture } = hostPlatform(process.arch);
  const digest = one.headers.get('docker-content-digest');
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ mediaType, size, digest, platform: { os, architecture } }],
  };
  const put = await fetch(`http://${registry}/v2/image/manifests/multi`, {
    method: 'PUT',
    headers: { 'content-type': index.mediaType },
    body: JSON.stringify(index),
  });
  test.equal(put.status, 201);
  const store = makeStore(test);
  const image = await pull(store, name);
  test.equal(image.manifestDigest, digest);
  const pinned = `${registry}/image@${put.headers.get('docker-content-digest')}`;
  test.equal(findImage(store, pinned)?.id, image.id);
});

t.test('basic access', async (test) => {
  const login = { user: 'ann', password: 'canary-secret' };
  const registry = await startRegistry(test, login);
  const name = `${registry}/image:1`;
  push(writeLayout(test, [tarOf(test, 'a', Buffer.from('1'))]), name, 'ann:canary-secret');
  const store = makeStore(test);
  await test.rejects(pull(store, name), { code: 'access-denied', message: /^access denied/ });
  test.same(readIndex(store), []);
  const authFile = join(temporaryDirectory(test), 'auth.json');
  const write = (password: string) => {
    const auth = Buffer.from(`ann:${password}`).toString('base64');
    writeFileSync(authFile, JSON.stringify({ auths: { [registry]: { auth } } }));
  };
  write('wrong');
  await test.rejects(pull(store, name, { authFile }), { code: 'access-denied' });
  write(login.password);
  await pull(store, name, { authFile });
  const canary = run('sh', ['-c', `grep -rl canary ${store.root} || true`]);
  test.equal(canary, '', 'no secret in the store');
});

t.test('whatever was changed on the way is refused, and nothing stays', async (test) => {
  const registry = await startRegistry(test);
  const layout = writeLayout(test, [tarOf(test, 'a', randomBytes(200_000))]);
  push(layout, `${registry}/image:1`);
  const honest = makeStore(test);
  const image = await pull(honest, `${registry}/image:1`);
  const flip = (body: Buffer) => {
    const changed = Buffer.from(body);
    changed[changed.length - 9] = (changed[changed.length - 9] ?? 0) ^ 1;
    return changed;
  };
  const config = image.manifest.config.digest;
  const [layer] = image.manifest.layers;
  const parts = { layer: `/blobs/${layer?.digest}`, config: `/blobs/${config}` };
  for (const [what, part] of Object.entries(parts)) {
    const host = await tamper(test, registry, (url, body) =>
      url.includes(part) ? flip(body) : body,
    );
    const store = makeStore(test);
    const layers = memoryLayers();
    await test.rejects(pull(store, `${host}/image:1`, { layers }), { code: 'wrong-digest' }, what);
    test.same(readIndex(store), [], `${what}: nothing is tagged`);
    test.same(stagedFiles(store), [], `${what}: nothing is staged`);
    test.equal(layers.aborted, what === 'layer' ? 1 : 0, `${what}: unpacking was given up`);
  }
  const host = await tamper(test, registry, (url, body) =>
    url.includes('/manifests/') ? Buffer.from(`${body.toString()} `) : body,
  );
  const pinned = `${host}/image@${image.manifestDigest}`;
  await test.rejects(pull(makeStore(test), pinned), { code: 'wrong-digest' }, 'a pinned manifest');
  const short = await tamper(test, registry, (url, body) =>
    url.includes(parts.layer) ? body.subarray(0, body.length - 5) : body,
  );
  const store = makeStore(test);
  await test.rejects(pull(store, `${short}/image:1`), /cut|less/, 'a short layer');
  test.same(stagedFiles(store), []);
  test.match(readFileSync(join(store.root, 'index.json'), 'utf8'), /"manifests":\[\]/);
});

t.test('a damaged blob of the store is replaced, and a good one never is', async (test) => {
  const registry = await startRegistry(test);
  const name = `${registry}/image:1`;
  push(writeLayout(test, [tarOf(test, 'a', randomBytes(100_000))]), name);
  const store = makeStore(test);
  const image = await pull(store, name);
  const digest = image.manifest.layers[0]?.digest ?? '';
  const path = join(store.root, 'blobs', 'sha256', digest.slice(7));
  const good = readFileSync(path);
  const events: PullProgress[] = [];
  const again = async () => {
    events.length = 0;
    await pull(store, name, { events });
    return events
      .filter((event) => 'digest' in event && event.digest === digest)
      .map(({ kind }) => kind)[0];
  };
  const { ino } = statSync(path);
  test.equal(await again(), 'exists');
  test.equal(statSync(path).ino, ino);
  const spoilt = Buffer.from(good);
  spoilt[spoilt.length >> 1] = (spoilt[spoilt.length >> 1] ?? 0) ^ 1;
  writeFileSync(path, spoilt);
  test.equal(await again(), 'start');
  test.ok(readFileSync(path).equals(good));
  writeFileSync(path, good.subarray(1));
  test.equal(await again(), 'start');
  test.ok(readFileSync(path).equals(good));
});
