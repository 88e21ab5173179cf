import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  push as skopeoPush,
  startRegistry,
  tarOf,
  writeLayout,
} from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { makeCertificate, startObserver, startProxy } from '../support/proxy.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('openssl', 'skopeo', 'docker-registry');
// Twenty processes at a time on a machine that does other things as well.
t.setTimeout(300_000);
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('files');
const server = makeCertificate(place, 'server', 'registry.example', '127.0.0.1');
const client = makeCertificate(place, 'client');
const login = { user: 'someone', password: 'very secret' };
const creds = `${login.user}:${login.password}`;
const plain = await startRegistry(t);
const secure = await startRegistry(t, login, { ...server, clientCa: client.cert });

/** A directory for --cert-dir with these files in it. */
function certDir(name: string, files: Record<string, string>): string {
  const directory = join(place, name);
  mkdirSync(directory);
  for (const [file, source] of Object.entries(files)) cpSync(source, join(directory, file));
  chmodSync(directory, 0o755);
  execFileSync('chmod', ['-R', 'a+r', directory]);
  return directory;
}

const certs = certDir('certs', {
  'ca.crt': server.cert,
  'me.cert': client.cert,
  'me.key': client.key,
});

async function fails(args: string[], stderr: RegExp, env: Record<string, string> = {}) {
  const result = await sandbox.runBeside(args, { env });
  t.match(result, { code: 125, stdout: '', stderr }, args.join(' '));
  t.equal(result.stderr.trimEnd().split('\n').length, 1, 'one line');
  t.notMatch(result.stderr, login.password);
}

t.before(() => {
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
});

t.test('TLS with a certificate of the client and credentials', async (t) => {
  const flags = ['--cert-dir', certs, '--creds', creds];
  sandbox.ok('push', ...flags, 'hello', `${secure}/team/app:1`);
  sandbox.ok('pull', '-q', ...flags, `${secure}/team/app:1`);
  const authFile = join(place, 'auth.json');
  const words = ['login', '--authfile', authFile, '-u', login.user, '--password-stdin'];
  const input = login.password;
  const logIn = await sandbox.runBeside([...words, '--cert-dir', certs, secure], { input });
  t.match(logIn, { code: 0, stdout: 'Login Succeeded!\n', stderr: '' });
  sandbox.ok('pull', '-q', '--cert-dir', certs, '--authfile', authFile, `${secure}/team/app:1`);
  const refused = await sandbox.runBeside([...words, secure], { input });
  t.match(refused, { code: 125, stderr: /certificate/i }, 'login without it');
  await fails(['pull', '--creds', creds, `${secure}/team/app:1`], /certificate/i);
  await fails(['pull', '--cert-dir', certs, `${secure}/team/app:1`], /access denied/);
  const anonymous = certDir('anonymous', { 'ca.crt': server.cert });
  await fails(
    ['pull', '--creds', creds, '--cert-dir', anonymous, `${secure}/team/app:1`],
    /remote error: tls: .*client\.cert/,
  );
  const half = certDir('half', { 'ca.crt': server.cert, 'me.cert': client.cert });
  await fails(
    ['pull', '--cert-dir', half, `${secure}/team/app:1`],
    /me\.cert has no me\.key beside it/,
  );
  await fails(['pull', '--cert-dir', '/nonexistent', `${secure}/x`], /cannot read certificates in/);
  await fails(['pull', '--creds', 'someone', `${secure}/x`], /no terminal to ask/);
});

t.test('through a proxy, and only where the environment says so', async (t) => {
  const hosts = { 'registry.example': secure, 'plain.example': plain };
  const proxy = await startProxy(t, hosts, 'me:pass word');
  const env = {
    HTTPS_PROXY: `http://me:pass%20word@${proxy.address}`,
    http_proxy: `http://me:pass%20word@${proxy.address}`,
  };
  const flags = ['-q', '--cert-dir', certs, '--creds', creds];
  const tunnelled = await sandbox.runBeside(['pull', ...flags, 'registry.example/team/app:1'], {
    env,
  });
  t.match(tunnelled, { code: 0, stderr: '' });
  t.ok(
    proxy.seen.length > 0 && proxy.seen.every((line) => line === 'CONNECT registry.example:443'),
  );
  proxy.seen.length = 0;
  const name = 'plain.example:80/app:2';
  const pushed = await sandbox.runBeside(['push', '--tls-verify=false', 'hello', name], { env });
  t.match(pushed, { code: 0, stderr: '' });
  t.ok(proxy.seen.some((line) => line.startsWith('PUT http://plain.example/v2/app/manifests/2')));
  const wrong = { HTTPS_PROXY: `http://me:wrong@${proxy.address}` };
  await fails(['pull', 'registry.example/team/app:1'], /the proxy .* refuses .*\(407\)/, wrong);
  await fails(['pull', 'registry.example/x'], /the proxy 127\.0\.0\.1:1 cannot be reached/, {
    HTTPS_PROXY: 'http://127.0.0.1:1',
  });
  proxy.seen.length = 0;
  await fails(['pull', 'registry.example/x'], /no such host|resolved/, {
    ...env,
    NO_PROXY: 'registry.example',
  });
  t.same(proxy.seen, []);
});

t.test('all tags of a repository', async (t) => {
  for (const tag of ['1', '2', '3']) sandbox.ok('push', 'hello', `${plain}/many:${tag}`);
  const artifact = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.example.thing',
      size: 2,
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    },
    layers: [],
  });
  const start = await fetch(`http://${plain}/v2/many/blobs/uploads/`, { method: 'POST' });
  const upload = new URL(start.headers.get('location') ?? '', `http://${plain}`);
  upload.searchParams.set('digest', JSON.parse(artifact).config.digest);
  await fetch(upload, { method: 'PUT', body: '{}' });
  const put = await fetch(`http://${plain}/v2/many/manifests/thing`, {
    method: 'PUT',
    headers: { 'content-type': JSON.parse(artifact).mediaType },
    body: artifact,
  });
  t.equal(put.status, 201);
  const ids = sandbox.ok('pull', '-q', '--all-tags', `${plain}/many`).trim().split('\n');
  t.equal(ids.length, 3);
  const tags = sandbox.ok('images', '--format', '{{.Tag}}', `${plain}/many`);
  t.same(tags.trim().split('\n').sort(), ['1', '2', '3']);
  await fails(['pull', '-a', `${plain}/many:1`], /all tags are those of a repository/);
  await fails(['pull', '-a', `${plain}/none`], /has no list of/);
  await fails(['pull', `${plain}/many:thing`], /an artifact and not a container image/);
});

t.test('several names, and platforms', async (t) => {
  const ids = sandbox.run(['pull', '-q', `${plain}/many:1`, `${plain}/none:1`, `${plain}/many:2`]);
  t.match(ids, { code: 125, stderr: /none:1: manifest unknown/ });
  t.equal(ids.stdout.trim().split('\n').length, 2, 'the others are fetched');
  await fails(
    ['pull', '--arch', 'arm64', '--platform', 'linux/arm64', `${plain}/x`],
    /--platform option can not be specified with --arch or --os/,
  );
  await fails(
    ['run', '--os', 'linux', '--platform', 'linux/arm64', `${plain}/x`],
    /--platform option can not be specified with --arch or --os/,
  );
  await fails(['run', '--arch', 'riscv64', `${plain}/none`], /manifest unknown/);
  const missing = ['--os', 'linux', '--arch', 'riscv64', '--variant', 'v9'];
  await fails(['pull', ...missing, `${plain}/none`], /manifest unknown/);
});

t.test('a registry that is not up yet is waited for', async (t) => {
  await fails(['pull', '--retry', '0', '127.0.0.1:1/x'], /connection refused/);
  const tried = sandbox.run(['pull', '--retry', '2', '--retry-delay', '1.5ms', '127.0.0.1:1/x']);
  const told = ['(1/2)', '(2/2)'].map((count) => `Failed, retrying in 1.5ms ... ${count}. Error: `);
  for (const words of told) t.ok(tried.stderr.includes(words), words);
  t.match(tried, { code: 125, stderr: /^Error: .*connection refused$/m });
  await fails(['pull', '--retry', 'x', '127.0.0.1:1/x'], /invalid --retry/);
  await fails(['pull', '--retry-delay', '-1s', '127.0.0.1:1/x'], /invalid --retry-delay/);
});

t.test('twenty pulls at a time fetch each blob once', async (t) => {
  const layers = ['a', 'b', 'c'].map((name) => tarOf(t, name, Buffer.alloc(700_000, name)));
  for (const [tag, tars] of Object.entries({ one: layers, two: [...layers].reverse() })) {
    skopeoPush(writeLayout(t, tars), `${plain}/shared:${tag}`);
  }
  const observer = await startObserver(t, plain);
  const pulls = Array.from({ length: 20 }, (_, index) => {
    const name = `${observer.address}/shared:${index % 2 === 0 ? 'one' : 'two'}`;
    const [program = '', ...rest] = sandbox.argv(['pull', '-q', name]);
    return new Promise<number | null>((resolve) => {
      spawn(program, rest, { cwd: '/', stdio: 'ignore' }).once('exit', resolve);
    });
  });
  t.same(await Promise.all(pulls), Array(20).fill(0));
  const blobs = observer.seen.filter((line) => /^GET .*\/blobs\//.test(line)).sort();
  t.equal(blobs.length, 5, 'three layers and two configurations');
  t.same(blobs, [...new Set(blobs)].sort());
});

t.test('conversions on the way out', async (t) => {
  const read = (name: string) =>
    JSON.parse(
      execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`], {
        encoding: 'utf8',
      }),
    );
  const digests = join(place, 'digest');
  chmodSync(place, 0o777);
  sandbox.ok('push', '-f', 'v2s2', '--digestfile', digests, 'hello', `${plain}/docker:1`);
  const docker = read(`${plain}/docker:1`);
  t.match(docker.mediaType, /docker\.distribution\.manifest\.v2/);
  t.match(docker.layers[0].mediaType, /docker\.image\.rootfs\.diff\.tar\.gzip/);
  sandbox.ok('push', '--compression-format', 'zstd', 'hello', `${plain}/zstd:1`);
  t.match(read(`${plain}/zstd:1`).layers[0].mediaType, /oci\.image\.layer\.v1\.tar\+zstd/);
  const mixed = ['push', '-f', 'v2s2', '--compression-format', 'zstd', 'hello', `${plain}/x`];
  await fails(mixed, /v2s2 have no layers of zstd/);
  await fails(['push', '-f', 'v1', 'hello', `${plain}/x`], /invalid --format "v1": oci, v2s2/);
  const id = sandbox.ok('inspect', '--format', '{{.Id}}', 'hello');
  for (const name of ['docker:1', 'zstd:1']) {
    t.equal(sandbox.ok('pull', '-q', `${plain}/${name}`), id, 'the same image');
  }
  const digest = sandbox.ok('inspect', '--format', '{{.Digest}}', `${plain}/docker:1`).trim();
  t.equal(digest, readFileSync(digests, 'utf8'));
  const echo = ['run', '--rm', '--network', 'none', `${plain}/zstd:1`, 'echo', 'ok'];
  t.equal(sandbox.ok(...echo), 'ok\n');
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
