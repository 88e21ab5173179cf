import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';

t.setTimeout(300_000);
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('credentials');
const login = { user: 'someone', password: 'canary secret' };
const registry = await startRegistry(t, login);
const auth = join(place, 'auth.json');
const stored = join(place, 'stored');
const env = {
  PATH: `${place}:/usr/sbin:/usr/bin:/sbin:/bin`,
  REGISTRY_AUTH_FILE: auth,
  DOCKER_CONFIG: join(place, 'docker'),
};

function bryo(args: string[], input = '', more: Record<string, string> = {}) {
  return sandbox.runBeside(args, { input, env: { ...env, ...more } });
}

function write(path: string, document: object): void {
  writeFileSync(path, JSON.stringify(document), { mode: 0o644 });
}

t.before(() => {
  chmodSync(place, 0o777);
  mkdirSync(env.DOCKER_CONFIG);
  const helper = `#!/bin/sh
read -r input
case $1 in
  store) printf %s "$input" > ${stored} ;;
  get) cat ${stored} ;;
  erase) rm ${stored} ;;
esac
`;
  writeFileSync(join(place, 'docker-credential-test'), helper, { mode: 0o755 });
  chmodSync(join(place, 'docker-credential-test'), 0o755);
  sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'true');
});

t.test('a helper keeps the login of a registry', async (t) => {
  write(auth, { credHelpers: { [registry]: 'test' } });
  const words = ['login', '-u', login.user, '--password-stdin', registry];
  t.match(await bryo(words, login.password), { code: 0, stderr: '' });
  t.match(JSON.parse(readFileSync(stored, 'utf8')), {
    ServerURL: registry,
    Username: login.user,
    Secret: login.password,
  });
  t.notMatch(readFileSync(auth, 'utf8'), 'canary');
  t.match(
    (await bryo([...words, '-v'], login.password)).stdout,
    /^Login Succeeded!\nUsed: \S+\n$|^Used: \S+\nLogin Succeeded!\n$/,
  );
  t.match(await bryo(['login', '--get-login', registry]), { code: 0, stdout: `${login.user}\n` });
  t.match(await bryo(['push', 'hello', `${registry}/app:1`]), { code: 0, stderr: '' });
  t.match(await bryo(['logout', registry]), { code: 0, stderr: '' });
  t.notOk(existsSync(stored));
  t.match(await bryo(['pull', `${registry}/app:1`]), { code: 125, stderr: /access denied/ });
});

t.test('docker’s own file, with a helper for everything or with the login itself', async (t) => {
  const config = join(env.DOCKER_CONFIG, 'config.json');
  const pull = (more: Record<string, string> = {}) =>
    bryo(['pull', '-q', `${registry}/app:1`], '', { REGISTRY_AUTH_FILE: '', ...more });
  write(stored, { ServerURL: registry, Username: login.user, Secret: login.password });
  write(config, { credsStore: 'test' });
  t.match(await pull(), { code: 0, stderr: '' });
  const basic = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  write(config, { auths: { [`https://${registry}/v2/`]: { auth: basic } } });
  t.match(await pull(), { code: 0, stderr: '' });
  write(config, { auths: { [`${registry}/other`]: { auth: basic } } });
  t.match(await pull(), { code: 125, stderr: /access denied/ }, 'the login of another namespace');
  write(config, { auths: { [`${registry}/app`]: { auth: basic } } });
  t.match(await pull(), { code: 0, stderr: '' });
  write(config, { credsStore: 'absent' });
  const absent = await pull();
  t.match(absent, {
    code: 125,
    stderr: /cannot run the credential helper docker-credential-absent/,
  });
  write(config, { credsStore: '../x' });
  t.match(await pull(), { code: 125, stderr: /invalid credential helper name/ });
  writeFileSync(stored, 'canary and no JSON');
  write(config, { credsStore: 'test' });
  const nonsense = await pull();
  t.match(nonsense, { code: 125, stderr: /gave no valid answer/ });
  t.notMatch(nonsense.stderr, 'canary');
});

t.test('an identity token buys a token of the moment', async (t) => {
  const forms: string[] = [];
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const host = request.headers.host ?? '';
    if (request.url === '/token') {
      let body = '';
      request.on('data', (part: Buffer) => {
        body += part.toString();
      });
      request.on('end', () => {
        forms.push(`${request.method} ${body}`);
        response.end(JSON.stringify({ access_token: 'short-lived' }));
      });
      return;
    }
    seen.push(request.headers.authorization);
    const known = request.headers.authorization === 'Bearer short-lived';
    const challenge = { 'www-authenticate': `Bearer realm="http://${host}/token",service="s"` };
    response.writeHead(known ? 404 : 401, known ? {} : challenge).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const document of [
    { auths: { [host]: { auth: '', identitytoken: 'canary-long-lived' } } },
    { credHelpers: { [host]: 'test' } },
  ]) {
    forms.length = 0;
    write(auth, document);
    write(stored, { ServerURL: host, Username: '<token>', Secret: 'canary-long-lived' });
    const result = await bryo(['pull', `${host}/app:1`]);
    t.match(result, { code: 125, stderr: /manifest unknown/ });
    t.notMatch(result.stderr, 'canary');
    const form = new URLSearchParams(forms[0]?.replace(/^POST /, ''));
    t.equal(form.get('grant_type'), 'refresh_token');
    t.equal(form.get('refresh_token'), 'canary-long-lived');
    t.equal(form.get('scope'), 'repository:app:pull');
    t.equal(seen.at(-1), 'Bearer short-lived');
    t.notOk(
      seen.some((header) => header?.includes('canary')),
      'the registry never sees it',
    );
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
