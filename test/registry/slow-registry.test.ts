// A registry that stands still, or nearly so: whatever is waited for, the wait has an end.

import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import t, { type Test } from 'tap';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { Credentials } from '../../src/registry/credentials.ts';
import { listTags } from '../../src/registry/listing.ts';
import { checkLogin } from '../../src/registry/login.ts';
import type { ClientOptions } from '../../src/registry/session.ts';
import { createRegistryWriter } from '../../src/registry/upload.ts';
import { serve } from '../attack/registry.ts';
import { clientOptions } from './client-options.ts';

const credentials: Credentials = { kind: 'basic', username: 'ann', password: 'secret' };

function optionsFor(host: string, more: Partial<ClientOptions> = {}): ClientOptions {
  const timeouts = { firstByte: 400, stall: 200 };
  return clientOptions(host, { credentials, timeouts, ...more });
}

/** Listens for connections and leaves the rest to `act`. */
async function listen(test: Test, act: (server: Server) => void): Promise<string> {
  const server = createServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  act(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blob = randomBytes(3_000_000);
const digest = digestOf(blob);

const actions: Record<string, (options: ClientOptions) => Promise<unknown>> = {
  manifest: (options) => createRegistryClient(options).getManifest('latest'),
  blob: (options) => readAll(createRegistryClient(options).getBlob(digest, blob.length)),
  tags: (options) => readAll(listTags(options)),
  login: (options) => checkLogin(options),
  upload: (options) =>
    createRegistryWriter(options).putBlob({
      digest,
      size: blob.length,
      async *read(offset) {
        yield blob.subarray(offset);
      },
    }),
};

/** Sends a byte now and then, for ever. */
function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
}

/** Answers the first question of an address, which finds out whether TLS is spoken. */
function afterHello(act: RequestListener): RequestListener {
  return (request, response) => {
    if (request.url === '/v2/' && request.headers.authorization === undefined) response.end('{}');
    else act(request, response);
  };
}

t.test('nothing comes at all', async (test) => {
  const silent = await listen(test, () => undefined);
  const halfHead = await listen(test, (server) => {
    server.on('connection', (socket) => {
      const timer = setInterval(() => socket.write('H'), 20);
      socket.on('close', () => clearInterval(timer));
    });
  });
  for (const [name, act] of Object.entries(actions)) {
    for (const [what, host] of Object.entries({ silent, halfHead })) {
      await test.rejects(
        act(optionsFor(host)),
        { code: /registry-unreachable/ },
        `${name} ${what}`,
      );
    }
  }
});

t.test('the head of an answer does not come, or its body stands still', async (test) => {
  const asked: string[] = [];
  const silent = await serve(
    test,
    afterHello((request) => void asked.push(`${request.method} ${request.url}`)),
  );
  const stalled = await serve(
    test,
    afterHello((_request, response) => {
      response.writeHead(200, { 'content-length': blob.length });
      response.write('{');
    }),
  );
  const slow = await serve(
    test,
    afterHello((_request, response) => {
      response.writeHead(200, { 'content-length': blob.length });
      trickle(response);
    }),
  );
  const { login: _login, upload: _upload, ...reads } = actions;
  for (const [name, act] of Object.entries(reads)) {
    asked.length = 0;
    await test.rejects(act(optionsFor(silent)), { message: /no answer within/ }, name);
    test.equal(asked.length, 1, `${name}: who gives no answer for so long is asked once`);
    for (const [what, host] of Object.entries({ stalled, slow })) {
      await test.rejects(
        act(optionsFor(host)),
        { message: /no progress for a while/ },
        `${name} ${what}`,
      );
    }
  }
});

t.test('a blob that stalls is asked for once more, and goes on where it was', async (test) => {
  let requests = 0;
  const host = await serve(
    test,
    afterHello((request, response) => {
      requests += 1;
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': blob.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${blob.length - 1}/${blob.length}` }),
      });
      if (from === 0) response.write(blob.subarray(0, 1_000_000));
      else response.end(blob.subarray(from));
    }),
  );
  const bytes = await actions['blob']?.(optionsFor(host));
  test.ok(blob.equals(bytes as Buffer));
  test.equal(requests, 2);
});

t.test('a slow one that makes progress is waited for', async (test) => {
  const host = await serve(
    test,
    afterHello((_request, response) => {
      response.writeHead(200, { 'content-length': 100_000 });
      let left = 100_000;
      const timer = setInterval(() => {
        response.write(Buffer.alloc(Math.min(5000, left)));
        left -= 5000;
        if (left <= 0) clearInterval(timer);
      }, 50);
      response.on('close', () => clearInterval(timer));
    }),
  );
  const client = createRegistryClient(
    optionsFor(host, { timeouts: { firstByte: 400, stall: 400 } }),
  );
  test.equal((await readAll(client.getBlob(digest, 100_000))).length, 100_000);
});

t.test('a token server and an upload that stand still', async (test) => {
  const silent = await listen(test, () => undefined);
  const slow = await serve(test, (_request, response) => trickle(response));
  for (const tokens of [silent, slow]) {
    const host = await serve(test, (_request, response) => {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${tokens}/token"` });
      response.end();
    });
    for (const [name, act] of Object.entries(actions)) {
      await test.rejects(act(optionsFor(host)), { code: 'registry-unreachable' }, name);
    }
  }
  const stages: Record<string, RequestListener> = {
    // Takes nothing of the body.
    body: () => undefined,
    acknowledgement: (request) => void request.resume(),
  };
  for (const [name, act] of Object.entries(stages)) {
    const host = await serve(
      test,
      afterHello((request: IncomingMessage, response: ServerResponse) => {
        if (request.method !== 'POST') return act(request, response);
        response.writeHead(202, { location: '/v2/some/image/blobs/uploads/1' });
        return response.end();
      }),
    );
    const large = 64 * 1024 * 1024;
    const upload = createRegistryWriter(optionsFor(host)).putBlob({
      digest,
      size: large,
      async *read(offset) {
        for (let at = offset; at < large; at += 1 << 20) yield Buffer.alloc(1 << 20);
      },
    });
    await test.rejects(upload, { message: /no progress for a while|no answer within/ }, name);
  }
});

t.test('a wait that the registry asks for is told, and is no longer than ours', async (test) => {
  for (const [header, wish] of [
    ['3600', '1h0m0s'],
    [new Date(Date.now() + 3_600_000).toUTCString(), /59m\d+|1h0m0s/],
  ] as const) {
    let asked = 0;
    const host = await serve(
      test,
      afterHello((_request, response) => {
        asked += 1;
        response.writeHead(429, { 'retry-after': header });
        response.end();
      }),
    );
    const told: string[] = [];
    const options = optionsFor(host, { onWait: (words) => void told.push(words) });
    await test.rejects(createRegistryClient(options).getManifest('latest'), {
      code: 'registry-busy',
    });
    test.equal(asked, 4);
    test.equal(told.length, 3);
    for (const words of told) {
      test.match(words, wish);
      test.match(words, `registry ${host} takes no more requests now`);
      test.match(words, 'Failed, retrying in 20ms');
    }
  }
});

t.test('a registry that gives no parts, or another one, is read from the start', async (test) => {
  const answers: Record<string, (response: ServerResponse) => void> = {
    416: (response) => void response.writeHead(416).end(),
    'another part': (response) => {
      response.writeHead(206, { 'content-range': `bytes 7-${blob.length - 1}/${blob.length}` });
      response.end(blob.subarray(7));
    },
    'no part': (response) => void response.end(blob),
  };
  for (const [name, act] of Object.entries(answers)) {
    const ranges: (string | undefined)[] = [];
    const host = await serve(
      test,
      afterHello((request, response) => {
        ranges.push(request.headers.range);
        if (request.headers.range !== undefined) act(response);
        else response.end(blob);
      }),
    );
    const client = createRegistryClient(optionsFor(host));
    const rest = await readAll(client.getBlob(digest, blob.length, 1_000_000));
    test.ok(rest.equals(blob.subarray(1_000_000)), name);
    test.equal(ranges[0], `bytes=1000000-${blob.length - 1}`);
    test.ok(ranges.length <= 2, name);
  }
});
