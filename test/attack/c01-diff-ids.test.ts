// C1, C6: an image says of a blob that it is another layer than it is. It must neither take that blob
// from others nor get at files of a layer that others brought.
import { chmodSync, chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { type TarItem, writeTar } from '../../src/hello/tar.ts';
import { testUser } from '../support/user.ts';
import { answerWith, bryo, imageOf, type ServedImage, serve } from './registry.ts';
import { Attack, busybox, digestOf } from './support.ts';

const type = 'application/vnd.oci.image';

/** A layer as it is stored, and the digest of what is in it. */
interface Layer {
  blob: Buffer;
  diffId: string;
}

function layerOf(name: string): Layer {
  const file: TarItem = { kind: 'file', path: name, mode: 0o644, content: Buffer.from(name) };
  const tar = writeTar([...busybox(), file]);
  return { blob: gzipSync(tar), diffId: digestOf(tar) };
}

/** An image of layers of which it says what it likes. */
function liarOf(layers: readonly Buffer[], diffIds: readonly string[], size?: number): ServedImage {
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Cmd: ['/bin/ls', '/'] },
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  return imageOf(config, layers, 'tar+gzip', size);
}

/** Writes an image in each form that `load` takes; the paths by form. */
function writeForms({ sandbox }: Attack, image: ServedImage): Record<string, string> {
  const { manifest, config, layer } = image;
  const base = sandbox.makeDirectory(`forms-${image.digest.slice(7, 19)}`);
  const hex = (digest: string) => digest.slice('sha256:'.length);
  const descriptor = {
    mediaType: `${type}.manifest.v1+json`,
    digest: image.digest,
    size: manifest.length,
  };
  const blobs: [string, Buffer][] = [
    [image.digest, manifest],
    [config.digest, config.bytes],
    [layer.digest, layer.bytes],
  ];
  const forms: Record<string, [string, Buffer][]> = {
    oci: [
      ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
      ['index.json', Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }))],
      ...blobs.map(([digest, bytes]): [string, Buffer] => [`blobs/sha256/${hex(digest)}`, bytes]),
    ],
    dir: [
      ['version', Buffer.from('Directory Transport Version: 1.1\n')],
      ['manifest.json', manifest],
      ...blobs.slice(1).map(([digest, bytes]): [string, Buffer] => [hex(digest), bytes]),
    ],
    docker: [
      ['config.json', config.bytes],
      ['layer.tar', layer.bytes],
      [
        'manifest.json',
        Buffer.from(
          JSON.stringify([{ Config: 'config.json', RepoTags: [], Layers: ['layer.tar'] }]),
        ),
      ],
    ],
  };
  const paths: Record<string, string> = {};
  for (const [form, files] of Object.entries(forms)) {
    for (const [path, bytes] of files) {
      const file = join(base, form, path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, bytes);
    }
    paths[`${form} directory`] = join(base, form);
    if (form === 'dir') continue;
    const tar = files.map(
      ([path, content]): TarItem => ({ kind: 'file', path, mode: 0o644, content }),
    );
    writeFileSync(join(base, `${form}.tar`), writeTar(tar));
    paths[`${form} archive`] = join(base, `${form}.tar`);
  }
  const { uid, gid } = testUser();
  chownSync(base, uid, gid);
  chmodSync(base, 0o755);
  return paths;
}

t.test('what an image says of layers is found out, whichever way it comes', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const good = layerOf('good');
  const secret = layerOf('secret');
  const served = new Map<string, ServedImage>();
  const host = await serve(t, (request, response) => {
    const name = /^\/v2\/([^/]+)\//.exec(request.url ?? '')?.[1] ?? '';
    const image = served.get(name);
    if (image !== undefined) return answerWith(image, request, response);
    response.writeHead(request.url === '/v2/' ? 200 : 404);
    return response.end('{}');
  });
  served.set('good', liarOf([good.blob], [good.diffId]));
  served.set('secret', liarOf([secret.blob], [secret.diffId]));
  const blobPath = join(sandbox.root, 'blobs', 'sha256', digestOf(good.blob).slice(7));
  for (const name of ['good', 'secret']) {
    const { code, stderr } = await bryo(attack, ['pull', '-q', `${host}/${name}:1`]);
    t.equal(code, 0, stderr);
  }
  const other = layerOf('other');
  // The same layer compressed in another way is a blob nobody knows yet.
  const repacked = gzipSync(writeTar([...busybox()]), { level: 9 });
  const lies: Record<string, ServedImage> = {
    'a known blob, nobody knows the layer': liarOf([good.blob], [other.diffId]),
    'a known blob, the layer of another image': liarOf([good.blob], [secret.diffId]),
    'an unknown blob, the layer of another image': liarOf([repacked], [secret.diffId]),
    'an unknown blob, nobody knows the layer': liarOf([other.blob], [digestOf(repacked)]),
    'one blob, two layers': liarOf([good.blob, good.blob], [secret.diffId, good.diffId]),
    'more layers than blobs': liarOf([good.blob], [good.diffId, secret.diffId]),
    'fewer layers than blobs': liarOf([good.blob, secret.blob], [good.diffId]),
  };
  const refusals: Record<string, ServedImage> = {
    ...lies,
    'a known blob of another size': liarOf([good.blob], [good.diffId], good.blob.length - 1),
  };
  const before = sandbox.ok('images', '-q', '-a', '--no-trunc');
  const check = (label: string, { code, stderr }: { code: number; stderr: string }): void => {
    t.equal(code, 125, label);
    t.match(stderr, /^Error: [^\n]+\n$/, label);
    t.ok(existsSync(blobPath), `${label}: the good blob is still there`);
    t.equal(sandbox.ok('images', '-q', '-a', '--no-trunc'), before, `${label}: no image came`);
  };
  for (const [what, image] of Object.entries(refusals)) {
    served.set('liar', image);
    check(`pull: ${what}`, await bryo(attack, ['pull', '-q', `${host}/liar:1`]));
    for (const [form, path] of Object.entries(writeForms(attack, image))) {
      // docker's own form says nothing of sizes, and its layers are as many as it names.
      if (form.startsWith('docker') && /size|one blob|fewer/.test(what)) continue;
      check(`load, ${form}: ${what}`, await bryo(attack, ['load', '-q', '-i', path]));
    }
  }
  // A list is fetched without being unpacked: its images are looked at when they are to be used.
  const uses = [
    ['run', '--rm', '--network', 'none', 'liars'],
    ['create', 'liars'],
    ['save', '-q', '-o', join(sandbox.directory, 'out.tar'), 'liars'],
    [
      'run',
      '--rm',
      '--network',
      'none',
      '--mount',
      'type=image,src=liars,dst=/x',
      `${host}/good:1`,
    ],
  ];
  for (const [what, image] of Object.entries(lies)) {
    served.set('liar', image);
    sandbox.ok('manifest', 'create', 'liars');
    const add = await bryo(attack, ['manifest', 'add', 'liars', `docker://${host}/liar:1`]);
    for (const use of add.code === 0 ? uses : []) {
      const { code, stdout, stderr } = await bryo(attack, use);
      t.not(code, 0, `${use[0]}: ${what}`);
      t.equal(stdout, '', `${use[0]}: ${what}: nothing ran`);
      t.match(stderr, /^Error: [^\n]+\n$/, `${use[0]}: ${what}`);
    }
    await bryo(attack, ['system', 'check', '--repair']);
    t.ok(existsSync(blobPath), `${what}: the good blob outlives a repair`);
    // The repair has removed the list if its image was none at all.
    await bryo(attack, ['manifest', 'rm', 'liars']);
  }
  for (const name of ['good', 'secret']) {
    const run = await bryo(attack, ['run', '--rm', '--network', 'none', `${host}/${name}:1`]);
    t.match(run, { code: 0, stderr: '', stdout: new RegExp(`^${name}$`, 'm') });
  }
  t.same(attack.close(), []);
});
