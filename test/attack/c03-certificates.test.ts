// C3: image 2019-10214; podman 2025-6032. A host whose certificate is not checked.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type ClientOptions, createRegistryClient } from '../../src/registry/client.ts';
import { temporaryDirectory } from '../registry/real-registry.ts';

/** A key and a certificate for 127.0.0.1 that nobody has signed. */
function makeCertificate(directory: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', key, '-out', cert, '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

async function serve(test: Test, listener: RequestListener) {
  const directory = temporaryDirectory(test);
  const server = createServer(makeCertificate(directory), listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, cert: join(directory, 'cert.pem') };
}

function clientOf(test: Test, host: string, more: Partial<ClientOptions> = {}) {
  const client = createRegistryClient({
    host,
    repository: 'image',
    tlsVerify: true,
    authFile: null,
    env: {},
    home: '/nonexistent',
    retryPolicy: { attempts: 1, baseDelay: 1, maxDelay: 1 },
    ...more,
  });
  test.teardown(() => client.close());
  return client;
}

const hello: RequestListener = (_request, response) => void response.end('{}');

t.test('a certificate that nobody vouches for', async (test) => {
  const { host, cert } = await serve(test, hello);
  await test.rejects(clientOf(test, host).getManifest('x'), { code: 'bad-certificate' });
  const careless = await clientOf(test, host, { tlsVerify: false }).getManifest('x');
  test.equal(Buffer.from(careless.bytes).toString(), '{}');

  const home = temporaryDirectory(test);
  const place = join(home, '.config', 'containers', 'certs.d', host);
  mkdirSync(place, { recursive: true });
  execFileSync('cp', [cert, join(place, 'ca.crt')]);
  const trusting = await clientOf(test, host, { home }).getManifest('x');
  test.equal(Buffer.from(trusting.bytes).toString(), '{}', 'certs.d vouches for it');
});

t.test('each host is verified: the token server too, and where a redirect leads', async (test) => {
  const other = await serve(test, (_request, response) => response.end('{"token":"t"}'));
  const tokens = await serve(test, (_request, response) => {
    const header = `Bearer realm="https://${other.host}/token"`;
    response.writeHead(401, { 'www-authenticate': header });
    response.end();
  });
  const env = { SSL_CERT_FILE: tokens.cert };
  await test.rejects(clientOf(test, tokens.host, { env }).getManifest('x'), {
    code: 'bad-certificate',
  });
  const redirect = await serve(test, (_request, response) => {
    response.writeHead(307, { location: `https://${other.host}/x` });
    response.end();
  });
  const trusted = { SSL_CERT_FILE: redirect.cert };
  await test.rejects(clientOf(test, redirect.host, { env: trusted }).getManifest('x'), {
    code: 'bad-certificate',
  });
});

t.test('nothing is fetched in the clear for a registry under TLS', async (test) => {
  const { host, cert } = await serve(test, (request, response) => {
    const redirected = request.url?.includes('/blobs/');
    response.writeHead(redirected ? 307 : 401, {
      location: 'http://127.0.0.1:1/x',
      'www-authenticate': 'Bearer realm="http://127.0.0.1:1/token"',
    });
    response.end();
  });
  const client = clientOf(test, host, { env: { SSL_CERT_FILE: cert } });
  await test.rejects(client.getManifest('x'), { code: 'bad-realm' });
  await test.rejects(client.getBlob(`sha256:${'0'.repeat(64)}`, 1).next(), {
    code: 'bad-redirect',
  });
});
