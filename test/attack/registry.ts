import { spawn } from 'node:child_process';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Test } from 'tap';
import { type Attack, digestOf, imageDocument } from './support.ts';

const type = 'application/vnd.oci.image';

/** An image as a registry has it: what it answers, by the end of the address. */
export interface ServedImage {
  manifest: Buffer;
  digest: string;
  config: { digest: string; bytes: Buffer };
  layer: { digest: string; bytes: Buffer };
}

/** An image of these layers; of their sizes it may say what it likes. */
export function imageOf(
  config: Buffer,
  layers: readonly Buffer[],
  layerType: 'tar' | 'tar+gzip',
  size?: number,
): ServedImage {
  const entry = (mediaType: string, bytes: Buffer) => ({
    mediaType: `${type}.${mediaType}`,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${type}.manifest.v1+json`,
      config: entry('config.v1+json', config),
      layers: layers.map((layer) => ({
        ...entry(`layer.v1.${layerType}`, layer),
        ...(size !== undefined && { size }),
      })),
    }),
  );
  const [layer = Buffer.alloc(0)] = layers;
  return {
    manifest,
    digest: digestOf(manifest),
    config: { digest: digestOf(config), bytes: config },
    layer: { digest: digestOf(layer), bytes: layer },
  };
}

/** An image with a busybox. */
export function servedImage(attack: Attack): ServedImage {
  const layer = attack.baseLayer();
  return imageOf(imageDocument([layer]), [layer], 'tar');
}

/** Starts a server on a free loopback port; it ends with the test. */
export async function serve(test: Test, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Answers as a registry with this image in every repository. */
export function answerWith(
  image: ServedImage,
  { url = '' }: IncomingMessage,
  response: ServerResponse,
): void {
  const found = [image.config, image.layer].find(({ digest }) => url.endsWith(digest));
  if (url.includes('/manifests/')) {
    response.writeHead(200, { 'content-type': `${type}.manifest.v1+json` });
    response.end(image.manifest);
  } else if (found !== undefined) {
    response.end(found.bytes);
  } else {
    response.writeHead(url === '/v2/' ? 200 : 404);
    response.end('{}');
  }
}

/** Runs bryo while this process serves. */
export function bryo(
  attack: Attack,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program = '', ...rest] = attack.sandbox.argv(args, { env });
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  const result = { code: -1, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    result.stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ ...result, code: code ?? -1 }));
  });
}
