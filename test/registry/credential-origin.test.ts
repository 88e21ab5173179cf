// Credentials belong to the origin that was asked for, whatever a registry or those behind it say.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import t, { type Test } from 'tap';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { Credentials } from '../../src/registry/credentials.ts';
import { listTags } from '../../src/registry/listing.ts';
import { checkLogin } from '../../src/registry/login.ts';
import { searchRegistry } from '../../src/registry/search.ts';
import type { ClientOptions } from '../../src/registry/session.ts';
import { createRegistryWriter } from '../../src/registry/upload.ts';
import { serve } from '../attack/registry.ts';
import { clientOptions } from './client-options.ts';

const basic: Credentials = { kind: 'basic', username: 'ann', password: 'canary-secret' };
const identity: Credentials = { kind: 'identity-token', token: 'canary-identity' };
const bearer = 'canary-bearer';
const blob = Buffer.from('a blob');
const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;

function optionsFor(host: string, credentials: Credentials): ClientOptions {
  const retryPolicy = { attempts: 1, baseDelay: 1, maxDelay: 1 };
  return clientOptions(host, { credentials, retryPolicy });
}

/** Everything that a server was told: header lines, addresses and bodies. */
class Ear {
  readonly heard: string[] = [];

  listen(request: IncomingMessage): Promise<string> {
    const { method, url, headers } = request;
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    return new Promise((resolve) => {
      request.on('end', () => {
        this.heard.push(`${method} ${url} ${headers.authorization ?? ''} ${body}`);
        resolve(body);
      });
    });
  }

  /** What it must never hear. */
  secrets(): string[] {
    const login = Buffer.from('ann:canary-secret').toString('base64');
    return this.heard.filter((line) => line.includes('canary') || line.includes(login));
  }
}

/** A server of an attacker: answers 401 with a realm of its own, and tokens to who asks. */
async function serveEvil(test: Test, ear: Ear, scheme: 'Basic' | 'Bearer'): Promise<string> {
  const host: string = await serve(test, async (request, response) => {
    await ear.listen(request);
    if (request.url?.startsWith('/token')) {
      response.end('{"token":"worthless"}');
      return;
    }
    const scope = 'repository:some/image:pull';
    response.writeHead(401, {
      'www-authenticate': `${scheme} realm="http://${host}/token",service="x",scope="${scope}"`,
    });
    response.end();
  });
  return host;
}

interface Honest {
  host: string;
  /** What came to it with credentials. */
  authorized: string[];
}

/**
 * A registry that gives tokens itself and sends what is asked for with them to `target`: reads by a
 * redirect, writes by the Location of an upload.
 */
async function serveHonest(test: Test, target: string): Promise<Honest> {
  const authorized: string[] = [];
  const host: string = await serve(test, async (request, response) => {
    request.resume();
    const { url = '', method = '', headers } = request;
    if (url.startsWith('/token')) {
      response.end(JSON.stringify({ token: bearer }));
      return;
    }
    if (headers.authorization !== `Bearer ${bearer}`) {
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${host}/token"` });
      response.end();
      return;
    }
    authorized.push(`${method} ${url}`);
    const location = `http://${target}${url}`;
    if (method === 'POST') response.writeHead(202, { location });
    else if (url === '/v2/') response.writeHead(200);
    else response.writeHead(method === 'HEAD' ? 404 : 307, { location });
    response.end();
  });
  return { host, authorized };
}

async function readAll(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

/** Every way of asking a registry for something. */
const ways: Record<string, (options: ClientOptions) => Promise<unknown>> = {
  manifest: (options) => createRegistryClient(options).getManifest('latest'),
  blob: (options) => readAll(createRegistryClient(options).getBlob(digest, blob.length)),
  tags: (options) => readAll(listTags(options)),
  search: (options) => searchRegistry(options, 'x', 10),
  catalogue: (options) => searchRegistry(options, '', 10),
  upload: (options) =>
    createRegistryWriter(options).putBlob({
      digest,
      size: blob.length,
      async *read() {
        yield blob;
      },
    }),
  'large upload': (options) =>
    createRegistryWriter(options).putBlob({
      digest,
      size: 2 ** 21,
      async *read() {
        yield Buffer.alloc(2 ** 21);
      },
    }),
  mount: (options) => createRegistryWriter(options).mountBlob(digest, 'other/image'),
};

t.test('a 401 of who a registry sends us to gets nothing', async (test) => {
  for (const scheme of ['Basic', 'Bearer'] as const) {
    for (const credentials of [basic, identity]) {
      for (const [name, ask] of Object.entries(ways)) {
        const ear = new Ear();
        const evil = await serveEvil(test, ear, scheme);
        const { host } = await serveHonest(test, evil);
        const problem = await ask(optionsFor(host, credentials)).catch((error: unknown) => error);
        const label = `${name}, ${scheme}, ${credentials.kind}`;
        test.ok(ear.heard.length > 0, `${label}: it was asked`);
        test.same(ear.secrets(), [], label);
        test.same(
          ear.heard.filter((line) => line.includes('/token')),
          [],
          `${label}: its realm is not asked`,
        );
        if (name !== 'mount') test.match(problem, { code: /./ }, `${label}: an error`);
      }
    }
  }
});

t.test(
  'an upload that has left the registry gets no credentials when it comes back',
  async (test) => {
    for (const name of ['large upload', 'upload']) {
      let host = '';
      const elsewhere = await serve(test, (request, response) => {
        request.resume();
        request.on('end', () => {
          // Any address of the registry, to be written to with the caller's rights.
          response.writeHead(request.method === 'PUT' ? 307 : 202, {
            location: `http://${host}/v2/private/thing/blobs/uploads/1`,
          });
          response.end();
        });
      });
      const honest = await serveHonest(test, elsewhere);
      host = honest.host;
      await ways[name]?.(optionsFor(host, basic)).catch(() => undefined);
      test.same(
        honest.authorized.filter((line) => line.includes('private')),
        [],
        name,
      );
    }
  },
);

t.test('a token server that sends on gives nothing away', async (test) => {
  for (const credentials of [basic, identity]) {
    const ear = new Ear();
    const evil = await serveEvil(test, ear, 'Basic');
    for (const status of [301, 302, 303, 307, 308]) {
      const host: string = await serve(test, (request, response) => {
        const asked = request.url?.startsWith('/token');
        const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token"` };
        response.writeHead(asked ? status : 401, {
          ...(asked ? { location: `http://${evil}/elsewhere` } : challenge),
        });
        response.end();
      });
      const client = createRegistryClient(optionsFor(host, credentials));
      await test.rejects(client.getManifest('latest'));
      await test.rejects(checkLogin(optionsFor(host, credentials)));
    }
    test.same(ear.secrets(), [], credentials.kind);
  }
});

t.test('the realm that the registry itself names gets the credentials', async (test) => {
  const ear = new Ear();
  const tokens = await serve(test, async (request, response) => {
    await ear.listen(request);
    response.end(JSON.stringify({ token: bearer }));
  });
  const host = await serve(test, (request: IncomingMessage, response: ServerResponse) => {
    const known = request.headers.authorization === `Bearer ${bearer}`;
    response.writeHead(known ? 200 : 401, {
      'www-authenticate': `Bearer realm="http://${tokens}/token"`,
    });
    response.end('{}');
  });
  for (const credentials of [basic, identity]) {
    await createRegistryClient(optionsFor(host, credentials)).getManifest('latest');
  }
  test.equal(ear.secrets().length, 2);
});
