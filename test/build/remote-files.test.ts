/** Files of web servers and archives that come from elsewhere: hostile answers, digests, compressions. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { buildContext } from '../support/build-context.ts';
import { makeCertificate } from '../support/proxy.ts';
import { requirePrograms } from '../support/requirements.ts';

const sandbox = new Sandbox();
const content = 'from the web\n';
let host = '';
const server = createServer(({ url = '' }, answer) => {
  if (url === '/away') answer.writeHead(302, { location: '/file' }).end();
  else if (url === '/loop') answer.writeHead(302, { location: '/loop' }).end();
  else if (url === '/ftp') answer.writeHead(302, { location: 'ftp://127.0.0.1/x' }).end();
  else if (url === '/password') {
    answer.writeHead(302, { location: `http://a:b@${host}/file` }).end();
  } else if (url === '/cut') {
    answer.writeHead(200, { 'content-length': 1000 });
    answer.write('a part', () => answer.destroy());
  } else if (url.startsWith('/file') || url.startsWith('/d%')) {
    answer.writeHead(200, { 'last-modified': 'Tue, 01 Jan 2002 00:00:00 GMT' }).end(content);
  } else answer.writeHead(404).end();
});
t.before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
t.teardown(() => {
  server.closeAllConnections();
  server.close();
  sandbox.close();
});

let contexts = 0;
const build = (...lines: string[]) => buildWith([], ...lines);
function buildWith(flags: string[], ...lines: string[]) {
  contexts += 1;
  const text = ['FROM hello', ...lines].join('\n').replaceAll('HOST', host);
  const directory = buildContext(sandbox, `w${contexts}`, { Containerfile: text, own: 'own' });
  return sandbox.runBeside(['build', '--jobs', '1', ...flags, directory]);
}
const digest = (algorithm: string) =>
  `${algorithm}:${createHash(algorithm).update(content).digest('hex')}`;

t.test('ADD of an address', async (t) => {
  const result = await build(
    `ADD --checksum=${digest('sha256')} http://HOST/file /a`,
    `ADD --checksum=${digest('sha512')} http://HOST/away /b/`,
    'ADD http://HOST/d%2f..%2f%ff /c/',
    'RUN cat /a /b/away && stat -c "%a %u %Y" /a && echo /c/* | od -A n -t x1',
  );
  t.match(result, { code: 0, stdout: `${content}${content}600 0 1009843200\n 2f 63 2f ff 0a\n` });
});

t.test('digests that are wrong, or none', async (t) => {
  const wrong = `sha256:${'0'.repeat(64)}`;
  const cases: [string, RegExp][] = [
    [
      `ADD --checksum=${wrong} http://HOST/file /a`,
      /unexpected response digest .*: sha256:[0-9a-f]{64}, want sha256:0000/,
    ],
    ['ADD --checksum=sha256:12 http://HOST/file /a', /ALGORITHM:DIGITS is needed/],
    ['ADD --checksum=md5:00 http://HOST/file /a', /ALGORITHM:DIGITS is needed/],
    [`ADD --checksum=${wrong} own /a`, /a single file of a web server/],
    [`ADD --checksum=${wrong} http://HOST/file http://HOST/away /a/`, /a single file/],
    [`ADD --checksum=${wrong} http://HOST/x.git /a`, /--checksum is for files of web servers/],
  ];
  for (const [line, why] of cases) t.match(await build(line), { code: 125, stderr: why }, line);
});

t.test('answers of hostile servers', async (t) => {
  const cases: [string, RegExp][] = [
    ['http://HOST/loop', /redirect/],
    ['http://HOST/ftp', /not HTTP/],
    ['http://HOST/password', /it carries a password/],
    ['http://HOST/cut', /cannot fetch/],
    ['http://HOST/missing', /404/],
    ['http://HOST/%00', /404|cannot/],
    ['http://[HOST/x', /invalid address/],
    ['http://127.0.0.1:1/x', /127\.0\.0\.1:1/],
  ];
  for (const [address, why] of cases) {
    t.match(await build(`ADD ${address} /a`), { code: 125, stderr: why }, address);
  }
  t.same(sandbox.leftovers(), [], 'nothing stays behind');
});

t.test('servers with a certificate of their own', async (t) => {
  requirePrograms('openssl');
  const place = sandbox.makeDirectory('certificates');
  const own = makeCertificate(place, 'own', 'localhost', '127.0.0.1');
  const certs = sandbox.makeDirectory('certs');
  cpSync(own.cert, join(certs, 'ca.crt'));
  chmodSync(join(certs, 'ca.crt'), 0o644);
  let asked = 0;
  const secure = createSecureServer(
    { key: readFileSync(own.key), cert: readFileSync(own.cert) },
    ({ url = '' }, answer) => {
      asked += 1;
      if (url === '/busy' && asked % 3 !== 0) answer.writeHead(503).end();
      else if (url === '/Containerfile') answer.end('FROM hello\nRUN echo from afar\n');
      else if (url === '/gone') answer.writeHead(404).end();
      else answer.end(content);
    },
  );
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    secure.closeAllConnections();
    secure.close();
  });
  const address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
  const line = (name: string) => [`ADD ${address}/${name} /a`, 'RUN cat /a'];
  const unknown = { code: 125, stderr: /certificate signed by unknown authority/ };
  t.match(await build(...line('plain')), unknown);
  t.match(await buildWith(['--cert-dir', certs], ...line('plain')), { code: 0, stdout: content });
  t.match(await buildWith(['--tls-verify=false'], ...line('other')), { code: 0, stdout: content });
  t.match(await sandbox.runBeside(['build', '-f', `${address}/Containerfile`]), unknown);
  const afar = ['build', '--cert-dir', certs, '-f', `${address}/Containerfile`];
  t.match(await sandbox.runBeside(afar), { code: 0, stdout: /from afar/ });
  const patient = ['--cert-dir', certs, '--retry', '3', '--retry-delay', '1ms'];
  asked = 0;
  t.match(await buildWith(patient, ...line('busy')), { code: 0, stdout: content });
  t.equal(asked, 3, 'a busy server is asked again');
  asked = 0;
  t.match(await buildWith(patient, ...line('gone')), { code: 125, stderr: /status 404/ });
  t.equal(asked, 1, 'what is not there is asked for once');
});

t.test('contexts in archives of all compressions', async (t) => {
  const directory = buildContext(sandbox, 'packed', {
    Containerfile: 'FROM scratch\nCOPY a /a\n',
    a: 'x'.repeat(5000),
  });
  const pack = (program: string) =>
    execFileSync('sh', ['-c', `tar -c . | ${program}`], { cwd: directory });
  const archives = ['cat', 'gzip', 'zstd -q', 'xz', 'bzip2'].map(pack);
  const ids = new Set<string>();
  for (const input of archives) {
    const [program = '', ...args] = sandbox.argv(['build', '-q', '--timestamp', '0', '-']);
    ids.add(execFileSync(program, args, { input, encoding: 'utf8', cwd: '/' }));
  }
  t.equal(ids.size, 1, 'all hold the same');
  for (const input of archives.slice(1)) {
    const [program = '', ...args] = sandbox.argv(['build', '-q', '-']);
    const cut = input.subarray(0, input.length - 20);
    t.equal(spawnSync(program, args, { input: cut, cwd: '/' }).status, 125);
  }
  t.same(sandbox.leftovers(), [], 'nothing stays behind');
});
