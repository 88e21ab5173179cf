import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { BryoError } from '../../src/base/errors.ts';
import type { LayerSink } from '../../src/store/layer-sink.ts';
import { freePort } from '../support/free-port.ts';

/** A test, or anything else that cleans up after itself. */
export interface Teardown {
  teardown(action: () => unknown): unknown;
}

/** Runs a program of the machine; a missing one fails with the package that has it. */
export function run(program: string, args: string[]): string {
  const packages: Record<string, string> = { htpasswd: 'apache2-utils' };
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new Error(`${program} is missing: apt-get install ${packages[program] ?? program}`);
    }
    throw error;
  }
}

export function temporaryDirectory(test: Teardown): string {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-test-'));
  test.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function canConnect(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function waitUntilUp(address: string): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await canConnect(address)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`docker-registry does not answer on ${address}`);
}

/** Files of a server's certificate; with `clientCa` only clients of that authority may come in. */
export interface RegistryTls {
  cert: string;
  key: string;
  clientCa?: string;
}

/** Starts Debian's docker-registry on a free loopback port; resolves with `127.0.0.1:PORT`. */
export async function startRegistry(
  test: Teardown,
  login?: { user: string; password: string },
  tls?: RegistryTls,
) {
  const binary = '/usr/bin/docker-registry';
  if (!existsSync(binary)) throw new Error('apt-get install docker-registry');
  const directory = temporaryDirectory(test);
  const address = `127.0.0.1:${await freePort()}`;
  const auth = join(directory, 'htpasswd');
  if (login) run('htpasswd', ['-Bbc', auth, login.user, login.password]);
  const lines = [
    'version: 0.1',
    `storage: {filesystem: {rootdirectory: ${join(directory, 'data')}}}`,
    'http:',
    `  addr: "${address}"`,
    ...(tls ? [`  tls: {certificate: ${tls.cert}, key: ${tls.key}`] : []),
    ...(tls ? [tls.clientCa ? `    , clientcas: [${tls.clientCa}]}` : '    }'] : []),
    'log: {level: error, accesslog: {disabled: true}}',
    ...(login ? [`auth: {htpasswd: {realm: test, path: ${auth}}}`] : []),
  ];
  const config = join(directory, 'config.yml');
  writeFileSync(config, `${lines.join('\n')}\n`);
  const child = spawn(binary, ['serve', config], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  test.teardown(async () => {
    child.kill();
    await ended;
  });
  await waitUntilUp(address);
  return address;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Makes a tar that holds one file. */
export function tarOf(test: Teardown, name: string, content: Uint8Array): Buffer {
  const directory = temporaryDirectory(test);
  writeFileSync(join(directory, name), content);
  run('tar', ['-C', directory, '-cf', join(directory, 'out.tar'), name]);
  return execFileSync('cat', [join(directory, 'out.tar')], { maxBuffer: 2 ** 30 });
}

/** Writes an OCI image layout with one image named `x`; the layers are tars. */
export function writeLayout(test: Teardown, tars: readonly Buffer[], level = 1): string {
  const directory = temporaryDirectory(test);
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Uint8Array) => {
    const hex = sha256(bytes);
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const type = 'application/vnd.oci.image';
  const config = {
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Cmd: ['/bin/true'], Env: ['A=b'] },
    rootfs: { type: 'layers', diff_ids: tars.map((tar) => `sha256:${sha256(tar)}`) },
  };
  const manifest = put(
    `${type}.manifest.v1+json`,
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${type}.manifest.v1+json`,
        config: put(`${type}.config.v1+json`, Buffer.from(JSON.stringify(config))),
        layers: tars.map((tar) => put(`${type}.layer.v1.tar+gzip`, gzipSync(tar, { level }))),
      }),
    ),
  );
  const annotations = { 'org.opencontainers.image.ref.name': 'x' };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  writeFileSync(join(directory, 'index.json'), JSON.stringify(index));
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return directory;
}

/** Pushes the image of such a layout with skopeo. */
export function push(layout: string, reference: string, login?: string): void {
  const credentials = login === undefined ? [] : ['--dest-creds', login];
  const target = `docker://${reference}`;
  run('skopeo', [
    'copy',
    '-q',
    '--dest-tls-verify=false',
    ...credentials,
    `oci:${layout}:x`,
    target,
  ]);
}

function unzip(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch (cause) {
    throw new BryoError('bad-layer', 'the layer is damaged', { cause });
  }
}

/** Stands in for unpacking in tests of the network: checks diff ids, keeps no files. */
export function memoryLayers(): LayerSink & { aborted: number } {
  const known = new Map<string, { size: number; blobs: Set<string> }>();
  const sink = {
    aborted: 0,
    has: (diffId: string) => known.has(diffId),
    size: (diffId: string) => known.get(diffId)?.size ?? null,
    isOf: (diffId: string, blob: string) => known.get(diffId)?.blobs.has(blob) === true,
    remember: (diffId: string, blob: string) => known.get(diffId)?.blobs.add(blob),
    begin: () => {
      const chunks: Uint8Array[] = [];
      return {
        write: async (chunk: Uint8Array) => void chunks.push(Uint8Array.from(chunk)),
        end: async (expected: string) => {
          const plain = unzip(Buffer.concat(chunks));
          const diffId = `sha256:${sha256(plain)}`;
          if (expected !== '' && diffId !== expected)
            throw new BryoError('bad-digest', 'wrong diff id');
          known.set(diffId, { size: plain.length, blobs: new Set() });
          return diffId;
        },
        abort: async () => {
          sink.aborted += 1;
        },
      };
    },
    settle: () => undefined,
    release: () => undefined,
  };
  return sink;
}
