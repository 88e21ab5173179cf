// Registries that want less than the newest: no OCI manifests, no TLS.
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import t, { type Test } from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { openRegistry } from '../support/fake-registry.ts';

const sandbox = new Sandbox();
// The embedded image comes into the store with its first container.
sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');

/** Runs a command while this process serves its registry. */
async function run(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const child = sandbox.start(args);
  let stderr = '';
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

async function listen(test: Test, server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Takes everything but manifests of some types; notes which types it was sent. */
async function openPicky(test: Test, status: number, refused: RegExp) {
  const sent: string[] = [];
  const answerPut = (answer: ServerResponse, url: string, type: string): void => {
    if (url.includes('/manifests/')) sent.push(type);
    const isRefused = url.includes('/manifests/') && refused.test(type);
    answer.writeHead(isRefused ? status : 201).end(isRefused ? '{"errors":[]}' : undefined);
  };
  const server = createServer((request, answer) => {
    const { method, url = '', headers } = request;
    request.resume().on('end', () => {
      if (url === '/v2/') answer.end('{}');
      else if (method === 'PUT') answerPut(answer, url, headers['content-type'] ?? '');
      else if (method === 'HEAD') answer.writeHead(404).end();
      else answer.writeHead(202, { location: '/v2/app/blobs/uploads/1', range: '0-0' }).end();
    });
  });
  test.teardown(() => server.closeAllConnections());
  return { host: await listen(test, server), sent };
}

const oci = 'application/vnd.oci.image.manifest.v1+json';
const docker = 'application/vnd.docker.distribution.manifest.v2+json';
const push = ['push', '-q', '--tls-verify=false'];

t.test('an image whose manifest is refused is sent in the other format', async (t) => {
  for (const status of [400, 405, 415]) {
    const { host, sent } = await openPicky(t, status, /oci/);
    t.match(await run(...push, 'hello', `${host}/app`), { code: 0, stderr: '' });
    t.same(sent, [oci, docker], String(status));
  }
});

t.test('a format that was asked for stays, and another refusal is an error', async (t) => {
  const { host, sent } = await openPicky(t, 415, /./);
  const refusal = { code: 125, stderr: /answered 415 Unsupported Media Type/ };
  t.match(await run(...push, '--format', 'oci', 'hello', `${host}/app`), refusal);
  t.same(sent, [oci]);
  t.match(await run(...push, 'hello', `${host}/app`), refusal);
  t.same(sent, [oci, oci, docker]);
});

t.test('without --tls-verify plain HTTP is next, however TLS fails', async (t) => {
  const registry = await openRegistry(t);
  const port = Number(registry.host.split(':')[1]);
  // It closes without a word what begins as TLS does.
  const closing = createTcpServer((client) => {
    client.on('error', () => undefined);
    client.once('data', (first) => {
      if (first[0] === 0x16) {
        client.destroy();
        return;
      }
      const upstream = connect(port, '127.0.0.1');
      upstream.write(first);
      client.pipe(upstream).pipe(client);
      client.on('close', () => upstream.destroy());
    });
  });
  const host = await listen(t, closing);
  const pulled = await run('pull', '-q', '--tls-verify=false', `${host}/app`);
  t.match(pulled, { code: 125, stderr: /manifest unknown/ });
  t.match(registry.requests, ['GET /v2/app/manifests/latest']);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
