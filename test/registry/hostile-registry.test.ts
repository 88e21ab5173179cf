import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type ClientOptions, createRegistryClient } from '../../src/registry/client.ts';
import { serve } from '../attack/registry.ts';
import { clientOptions } from './client-options.ts';

function clientOf(test: Test, host: string, more: Partial<ClientOptions> = {}) {
  const timeouts = { firstByte: 5000, stall: 300 };
  const client = createRegistryClient(clientOptions(host, { timeouts, ...more }));
  test.teardown(() => client.close());
  return client;
}

function authFileFor(test: Test, host: string): string {
  const path = join(test.testdir({}), 'auth.json');
  const auth = Buffer.from('ann:canary-secret').toString('base64');
  writeFileSync(path, JSON.stringify({ auths: { [host]: { auth } } }));
  test.comment(path);
  return path;
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function answer(response: ServerResponse, status: number, headers = {}, body = ''): void {
  response.writeHead(status, headers);
  response.end(body);
}

const isBlob = (request: IncomingMessage) => request.url?.includes('/blobs/') === true;
const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const challenge = { 'www-authenticate': 'Basic realm="x"' };

t.test('a registry that is down', async (test) => {
  const client = clientOf(test, '127.0.0.1:1');
  await test.rejects(client.getManifest('latest'), {
    code: 'registry-unreachable',
    message: 'pinging container registry 127.0.0.1:1: connection refused',
  });
});

t.test('answers that are errors', async (test) => {
  const cases = [
    { status: 401, code: 'access-denied', requests: 1 },
    { status: 403, code: 'access-denied', requests: 1 },
    { status: 404, code: 'manifest-unknown', requests: 1 },
    { status: 429, code: 'registry-busy', requests: 4 },
    { status: 500, code: 'registry-failed', requests: 4 },
  ];
  for (const { status, code, requests } of cases) {
    let seen = 0;
    const host = await serve(test, (request, response) => {
      if (request.url?.includes('/manifests/')) seen += 1;
      const errors = [{ message: 'words\u001b[31m of the registry' }];
      answer(response, status, {}, JSON.stringify({ errors }));
    });
    const error = await clientOf(test, host)
      .getManifest('latest')
      .catch((reason: unknown) => reason);
    test.match(error, { code }, `${status}`);
    test.notMatch(String(error), /\u001b/, 'no control characters');
    test.equal(seen, requests, `${status}: ${requests} requests`);
  }
});

t.test('429, then an answer', async (test) => {
  let seen = 0;
  const host = await serve(test, (request, response) => {
    if (!request.url?.includes('/manifests/')) return answer(response, 200);
    seen += 1;
    if (seen < 3) return answer(response, 429, { 'retry-after': '0' });
    return answer(response, 200, { 'content-type': 'a/b; charset=utf-8' }, '{}');
  });
  const { bytes, mediaType } = await clientOf(test, host).getManifest('latest');
  test.equal(Buffer.from(bytes).toString(), '{}');
  test.equal(mediaType, 'a/b');
});

t.test('a manifest that never ends is read up to the cap', async (test) => {
  let sent = 0;
  const host = await serve(test, (request, response) => {
    if (!request.url?.includes('/manifests/')) return answer(response, 200);
    const piece = Buffer.alloc(64 * 1024, ' ');
    const more = () => {
      while (!response.destroyed && sent < 2 ** 31) {
        sent += piece.length;
        if (!response.write(piece)) return void response.once('drain', more);
      }
    };
    response.writeHead(200);
    more();
  });
  await test.rejects(clientOf(test, host).getManifest('latest'), { code: 'too-large' });
  test.ok(sent < 64 * 1024 * 1024, `${sent} bytes were sent`);
});

t.test('a blob that is cut half-way is resumed', async (test) => {
  const blob = randomBytes(4_000_000);
  for (const ranges of [true, false]) {
    let cuts = 0;
    const host = await serve(test, (request, response) => {
      if (!isBlob(request)) return answer(response, 200);
      const start = ranges ? Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
      const rest = blob.subarray(start);
      response.writeHead(start > 0 ? 206 : 200, {
        'content-length': rest.length,
        ...(start > 0 && { 'content-range': `bytes ${start}-${blob.length - 1}/${blob.length}` }),
      });
      cuts += 1;
      if (cuts > 2) return void response.end(rest);
      response.write(rest.subarray(0, cuts * 1_000_000), () => response.destroy());
    });
    const bytes = await collect(clientOf(test, host).getBlob(digestOf(blob), blob.length));
    test.ok(bytes.equals(blob), ranges ? 'with ranges' : 'from a server without ranges');
    test.equal(cuts, 3);
  }
});

t.test('a blob that is always cut, stalls or is too long fails', async (test) => {
  const cut = await serve(test, (request, response) => {
    if (!isBlob(request)) return answer(response, 200);
    response.writeHead(200, { 'content-length': 1000 });
    response.write('x', () => response.destroy());
  });
  const digest = digestOf(Buffer.from('x'));
  await test.rejects(collect(clientOf(test, cut).getBlob(digest, 1000)), {
    code: 'registry-unreachable',
    message: /the connection was cut/,
  });
  const stalled = await serve(test, (request, response) => {
    if (!isBlob(request)) return answer(response, 200);
    response.writeHead(200, { 'content-length': 1000 });
    response.write('x');
  });
  await test.rejects(collect(clientOf(test, stalled).getBlob(digest, 1000)), {
    message: /no progress for a while/,
  });
  const long = await serve(test, (request, response) => {
    answer(response, 200, {}, isBlob(request) ? 'x'.repeat(5000) : '');
  });
  await test.rejects(collect(clientOf(test, long).getBlob(digest, 1000)), { code: 'wrong-size' });
});

t.test('Authorization never reaches the host a redirect names', async (test) => {
  const blob = Buffer.from('blob');
  const seenAtB: (string | undefined)[] = [];
  const seenAtA: (string | undefined)[] = [];
  const hostB = await serve(test, (request, response) => {
    seenAtB.push(request.headers.authorization);
    answer(response, 200, {}, 'blob');
  });
  const hostA = await serve(test, (request, response) => {
    if (!isBlob(request)) return answer(response, 200);
    seenAtA.push(request.headers.authorization);
    if (request.headers.authorization === undefined) return answer(response, 401, challenge);
    return answer(response, 307, { location: `http://${hostB}/elsewhere` });
  });
  const client = clientOf(test, hostA, { authFile: authFileFor(test, hostA) });
  const bytes = await collect(client.getBlob(digestOf(blob), blob.length));
  test.equal(bytes.toString(), 'blob');
  test.same(seenAtB, [undefined], 'B was asked once, without credentials');
  test.match(seenAtA.at(-1), /^Basic /, 'A got them');
});

t.test('redirects without end are refused', async (test) => {
  const host = await serve(test, (request, response) => {
    if (!isBlob(request)) return answer(response, 200);
    return answer(response, 302, { location: '/v2/some/image/blobs/again' });
  });
  await test.rejects(collect(clientOf(test, host).getBlob(digestOf(Buffer.alloc(1)), 1)), {
    code: 'bad-redirect',
  });
});

t.test('a token is fetched once for its scope and sent along', async (test) => {
  const asked: { url: string | undefined; authorization: string | undefined }[] = [];
  const tokens = await serve(test, (request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    answer(response, 200, {}, JSON.stringify({ token: 'abc.def' }));
  });
  const host = await serve(test, (request, response) => {
    if (request.headers.authorization === 'Bearer abc.def') return answer(response, 200, {}, '{}');
    const scope = 'repository:some/image:pull,push';
    const value = `Bearer realm="http://${tokens}/token",service="reg",scope="${scope}"`;
    return answer(response, 401, { 'www-authenticate': value });
  });
  const client = clientOf(test, host, { authFile: authFileFor(test, host) });
  await client.getManifest('latest');
  await client.getManifest('latest');
  test.equal(asked.length, 1);
  const query = new URL(asked[0]?.url ?? '', 'http://x').searchParams;
  test.equal(query.get('scope'), 'repository:some/image:pull', 'no more rights than a pull needs');
  test.equal(query.get('service'), 'reg');
  test.match(asked[0]?.authorization, /^Basic /);
});

t.test('a token server without end is read up to the cap', async (test) => {
  const tokens = await serve(test, (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65536, ' ')));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  });
  const host = await serve(test, (_request, response) =>
    answer(response, 401, { 'www-authenticate': `Bearer realm="http://${tokens}/"` }),
  );
  await test.rejects(clientOf(test, host).getManifest('latest'), { code: 'too-large' });
});

t.test('an authfile that is named must be there, and errors never quote it', async (test) => {
  const host = await serve(test, (_request, response) => answer(response, 401, challenge));
  const absent = clientOf(test, host, { authFile: '/nonexistent/auth.json' });
  await test.rejects(absent.getManifest('latest'), { code: 'bad-auth-file' });
  const path = join(test.testdir({}), 'auth.json');
  writeFileSync(path, '{"auths": canary-secret');
  const error = await clientOf(test, host, { authFile: path })
    .getManifest('latest')
    .catch((reason: unknown) => reason);
  test.match(error, { code: 'bad-auth-file' });
  test.notMatch(JSON.stringify(error) + String(error), /canary/);
});
