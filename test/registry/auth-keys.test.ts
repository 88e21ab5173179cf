// The ways in which docker and podman write a registry in their files and to their helpers.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { normalizeKey } from '../../src/registry/auth-keys.ts';
import { findCredentials } from '../../src/registry/find-credentials.ts';
import { removeLogin, storeLogin } from '../../src/registry/logins.ts';
import { temporaryDirectory } from './real-registry.ts';

const hub = 'https://index.docker.io/v1/';
const login = { username: 'ann', password: 'canary-secret' };
const auth = Buffer.from('ann:canary-secret').toString('base64');

/** What is written, and the registry that it stands for. */
const forms: readonly (readonly [string, string])[] = [
  [hub, 'docker.io'],
  ['https://index.docker.io/v1', 'docker.io'],
  ['https://index.docker.io', 'docker.io'],
  ['index.docker.io/v1/', 'docker.io'],
  ['index.docker.io', 'docker.io'],
  ['registry-1.docker.io', 'docker.io'],
  ['https://registry-1.docker.io/v2/', 'docker.io'],
  ['docker.io', 'docker.io'],
  ['https://docker.io/', 'docker.io'],
  ['reg.example', 'reg.example'],
  ['REG.example', 'reg.example'],
  ['https://reg.example', 'reg.example'],
  ['https://reg.example/', 'reg.example'],
  ['http://reg.example/', 'reg.example'],
  ['https://reg.example/v1/', 'reg.example'],
  ['https://reg.example/v2/', 'reg.example'],
  ['https://reg.example/some/path', 'reg.example'],
  ['reg.example/', 'reg.example'],
  ['reg.example/v2', 'reg.example'],
  ['localhost:5000', 'localhost:5000'],
  ['https://localhost:5000/v2/', 'localhost:5000'],
  ['[::1]:5000', '[::1]:5000'],
  ['reg.example/team', 'reg.example/team'],
  ['reg.example/team/app', 'reg.example/team/app'],
  ['docker.io/team', 'docker.io/team'],
];

t.test('what a key stands for', async (test) => {
  for (const [written, key] of forms) test.equal(normalizeKey(written), key, written);
  for (const near of ['reg.example.evil.com', 'https://reg.example@evil.com/', 'reg.example:443']) {
    test.not(normalizeKey(near), 'reg.example', near);
  }
});

interface Place {
  file: string;
  options: { authFile: string; env: Record<string, string>; home: string };
  /** Servers that the helper has a login of. */
  kept(): string[];
}

/** A file of logins, and a helper that keeps one file for each server. */
function makePlace(test: Test, document: object, name = 'auth.json'): Place {
  const directory = temporaryDirectory(test);
  const vault = join(directory, 'vault');
  mkdirSync(vault);
  const helper = `#!/bin/sh
read -r input
name() { printf %s "$1" | base64 -w0 | tr / _; }
case $1 in
  store) server=$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/')
    printf %s "$input" > "${vault}/$(name "$server")" ;;
  get) cat "${vault}/$(name "$input")" ;;
  erase) rm "${vault}/$(name "$input")" ;;
esac 2>/dev/null
`;
  writeFileSync(join(directory, 'docker-credential-vault'), helper, { mode: 0o755 });
  const path = process.env['PATH'];
  process.env['PATH'] = `${directory}:${path}`;
  test.teardown(() => {
    process.env['PATH'] = path;
  });
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(document));
  const decode = (entry: string) =>
    Buffer.from(entry.replaceAll('_', '/'), 'base64').toString('utf8');
  return {
    file,
    options: { authFile: file, env: {}, home: '/nonexistent' },
    kept: () => readdirSync(vault).map(decode).sort(),
  };
}

async function userOf({ options }: Place, key: string): Promise<string | null> {
  const [host = '', ...rest] = key.split('/');
  const found = await findCredentials(host, [...rest, 'app'].join('/'), options);
  return found?.kind === 'basic' ? found.username : null;
}

t.test('a login in the file is found and forgotten, however it is written', async (test) => {
  for (const [written, key] of forms) {
    const place = makePlace(test, { auths: { [written]: { auth } }, detachKeys: 'ctrl-x' });
    test.equal(await userOf(place, key), 'ann', written);
    test.equal(await userOf(place, 'other.example'), null, written);
    test.ok(await removeLogin(place.options, key), written);
    test.same(JSON.parse(readFileSync(place.file, 'utf8')), { auths: {}, detachKeys: 'ctrl-x' });
    test.notOk(await removeLogin(place.options, key), `${written}: once`);
  }
});

t.test('an entry of docker’s without a login does not hide another', async (test) => {
  for (const auths of [
    { [hub]: {}, 'docker.io': { auth } },
    { 'docker.io': { auth }, [hub]: {} },
    { 'docker.io': {}, [hub]: { auth } },
  ]) {
    test.equal(await userOf(makePlace(test, { auths }), 'docker.io'), 'ann');
  }
});

t.test('a helper is used, however its registry is written', async (test) => {
  for (const [written, key] of forms.filter(([, name]) => !name.includes('/'))) {
    const place = makePlace(test, { credHelpers: { [written]: 'vault' } });
    test.equal(await storeLogin(place.options, key, login), 'vault', written);
    test.notMatch(readFileSync(place.file, 'utf8'), auth, `${written}: no password in the file`);
    const own = key === 'docker.io' ? hub : key;
    test.ok(place.kept().includes(own), `${written}: kept as ${own}`);
    // podman asks its helper by what the file writes.
    if (!written.includes('://')) test.ok(place.kept().includes(written), written);
    test.equal(await userOf(place, key), 'ann', written);
    test.ok(await removeLogin(place.options, key), written);
    test.same(place.kept(), [], `${written}: nothing stays in the helper`);
    test.equal(await userOf(place, key), null, written);
  }
});

t.test('what docker and podman have had a helper keep is found', async (test) => {
  for (const [server, key] of [
    [hub, 'docker.io'],
    ['docker.io', 'docker.io'],
    ['reg.example', 'reg.example'],
  ] as const) {
    const place = makePlace(test, { credsStore: 'vault' });
    await storeLogin(place.options, server, login);
    writeFileSync(place.file, JSON.stringify({ credsStore: 'vault' }));
    test.equal(await userOf(place, key), 'ann', server);
  }
  const marked = makePlace(test, { credsStore: 'vault', auths: { 'https://reg.example/v1/': {} } });
  await storeLogin(marked.options, 'https://reg.example/v1/', login);
  writeFileSync(
    marked.file,
    JSON.stringify({ credsStore: 'vault', auths: { 'https://reg.example/v1/': {} } }),
  );
  test.equal(await userOf(marked, 'reg.example'), 'ann');
});

t.test('a namespace has a login of its own, in a helper as well', async (test) => {
  for (const document of [{ credsStore: 'vault' }, {}]) {
    const place = makePlace(test, document);
    await storeLogin(place.options, 'reg.example', login);
    await storeLogin(place.options, 'reg.example/team', { ...login, username: 'team' });
    test.equal(await userOf(place, 'reg.example/team'), 'team');
    test.equal(await userOf(place, 'reg.example/others'), 'ann');
    await removeLogin(place.options, 'reg.example/team');
    test.equal(await userOf(place, 'reg.example/team'), 'ann');
    await removeLogin(place.options, null);
    test.same(place.kept(), []);
    test.equal(await userOf(place, 'reg.example'), null);
  }
});

t.test('one entry for a registry, where docker and podman look for it', async (test) => {
  const written = (place: Place) =>
    Object.keys(JSON.parse(readFileSync(place.file, 'utf8')).auths).sort();
  for (const [before, name, after] of [
    [[], 'auth.json', ['docker.io']],
    [[], 'config.json', [hub]],
    [[hub], 'auth.json', [hub]],
    [['index.docker.io', hub, 'reg.example'], 'auth.json', ['index.docker.io', 'reg.example']],
  ] as const) {
    const auths = Object.fromEntries(before.map((key) => [key, { auth }]));
    const place = makePlace(test, { auths }, name);
    await storeLogin(place.options, 'docker.io', { ...login, username: 'new' });
    test.same(written(place), after);
    test.equal(await userOf(place, 'docker.io'), 'new');
  }
  // What was in the file as plain text goes when a helper takes over.
  const place = makePlace(test, { auths: { [hub]: { auth } }, credsStore: 'vault' });
  await storeLogin(place.options, 'docker.io', login);
  test.notMatch(readFileSync(place.file, 'utf8'), auth);
});
