import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Test from 'tap';
import { digestBytes } from '../../src/image/hash.ts';
import { mediaTypes } from '../../src/image/media-types.ts';
import type { ImageDocuments } from './fake-image.ts';

/** A registry in this process, over plain HTTP. */
export interface FakeRegistry {
  /** `127.0.0.1:PORT`. */
  host: string;
  /** What was asked for: `GET /v2/app/manifests/1`. */
  requests: string[];
  /** The repository `app` has this image under every tag; null: none. */
  image: ImageDocuments | null;
}

function documentFor(url: string, { config, manifest }: ImageDocuments): Buffer | null {
  if (url.includes('/manifests/')) return manifest;
  return url.endsWith(digestBytes(config)) ? config : null;
}

/** Opens a registry that goes with its test. */
export async function openRegistry(t: Pick<typeof Test, 'teardown'>): Promise<FakeRegistry> {
  const registry: FakeRegistry = { host: '', requests: [], image: null };
  const server = createServer(({ method, url = '' }, answer) => {
    if (url !== '/v2/') registry.requests.push(`${method} ${url}`);
    const known = url.startsWith('/v2/app/') && registry.image !== null;
    const document = known && registry.image !== null ? documentFor(url, registry.image) : null;
    if (url === '/v2/') answer.end('{}');
    else if (document === null) answer.writeHead(404).end('{"errors":[]}');
    else {
      const type = url.includes('/manifests/')
        ? mediaTypes.ociManifest
        : 'application/octet-stream';
      const headers = { 'content-type': type, 'content-length': document.length };
      answer.writeHead(200, headers).end(method === 'HEAD' ? undefined : document);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  registry.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return registry;
}
