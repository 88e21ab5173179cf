import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { startRegistry } from '../registry/real-registry.ts';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser } from '../support/user.ts';

requirePrograms('skopeo', 'gpg', 'gpgv', 'gpgconf', 'docker-registry');
t.setTimeout(300_000);
const sandbox = new Sandbox();
const place = sandbox.makeDirectory('trust');
const at = (...names: string[]) => join(place, ...names);
const env = { GNUPGHOME: at('keys'), XDG_CONFIG_HOME: at('config'), XDG_DATA_HOME: at('data') };
const registry = await startRegistry(t);
const app = `${registry}/team/app:1`;
const passphrase = at('passphrase');

function asUser(...argv: string[]): string {
  const [program = '', ...rest] = asTestUser(argv, env);
  return execFileSync(program, rest, { encoding: 'utf8', cwd: '/', stdio: 'pipe' });
}

function write(path: string, content: string | object): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(path, text, { mode: 0o644 });
}

function bryo(...args: string[]) {
  return sandbox.run(args, { env });
}

function ok(...args: string[]): string {
  const { code, stdout, stderr } = bryo(...args);
  if (code !== 0 || stderr !== '') throw new Error(`${args.join(' ')}: ${code} ${stderr}`);
  return stdout;
}

/** A policy of one requirement for what is in registries. */
function require(requirement: object, more: object = {}): void {
  write(at('config', 'containers', 'policy.json'), {
    default: [{ type: 'insecureAcceptAnything' }],
    transports: { docker: { '': [requirement] }, ...more },
  });
}

function signedBy(key: string, more: object = {}): object {
  return { type: 'signedBy', keyType: 'GPGKeys', keyPath: at(`${key}.asc`), ...more };
}

/** The image is pulled anew: that it is in the store already is no reason to trust it. */
function refuses(name: string, stderr: RegExp): void {
  const result = bryo('pull', name);
  t.match(result, { code: 125, stdout: '', stderr }, `${name} is refused: ${stderr}`);
  t.equal(result.stderr.trimEnd().split('\n').length, 1, 'one line');
}

t.before(() => {
  for (const path of [['keys'], ['config'], ['data'], ['config', 'containers'], ['signatures']]) {
    mkdirSync(at(...path), { mode: 0o700 });
  }
  mkdirSync(at('config', 'containers', 'registries.d'));
  execFileSync('chown', ['-R', '--reference', place, place]);
  write(passphrase, 'secret words\n');
  const section = { lookaside: `file://${at('signatures')}`, 'use-sigstore-attachments': true };
  // JSON is YAML as well.
  write(at('config', 'containers', 'registries.d', 'own.yaml'), {
    docker: { [registry]: section },
  });
  for (const [name, word] of [
    ['ann', ''],
    ['bob', ''],
    ['eve', 'secret words'],
  ]) {
    const mail = `${name}@example.com`;
    const key = ['--quick-gen-key', mail, 'ed25519', 'sign', '1d'];
    asUser(
      'gpg',
      '-q',
      '--batch',
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      word ?? '',
      ...key,
    );
    write(at(`${name}.asc`), asUser('gpg', '--armor', '--export', mail));
  }
  ok('run', '--rm', '--network', 'none', 'hello', 'true');
  ok('push', 'hello', app);
});

t.test('reject, accept, and the most specific of both', async (t) => {
  require({ type: 'reject' });
  refuses(app, /team\/app:1 is rejected by policy .*policy\.json: it is not allowed/);
  t.match(bryo('run', '--rm', '--pull', 'always', app, 'true'), { code: 125, stderr: /rejected/ });
  ok('save', '--format', 'oci-dir', '-o', at('data', 'layout'), 'hello');
  ok('load', '-q', '-i', at('data', 'layout'));
  require({ type: 'insecureAcceptAnything' }, { oci: { [at('data')]: [{ type: 'reject' }] } });
  ok('pull', '-q', app);
  const loaded = bryo('load', '-i', at('data', 'layout'));
  t.match(loaded, { code: 125, stderr: /oci:.*layout.* is rejected/ });
  require({ type: 'reject' }, { 'docker-archive': { '': [{ type: 'reject' }] } });
  ok('save', '-o', at('data', 'archive'), 'hello');
  t.match(bryo('load', '-i', at('data', 'archive')), { code: 125, stderr: /rejected/ });
  require({ type: 'reject' }, { tarball: { '': [{ type: 'reject' }] } });
  t.match(bryo('import', at('data', 'archive')), { code: 125, stderr: /rejected/ });
  const own = at('own.json');
  write(own, { default: [{ type: 'insecureAcceptAnything' }] });
  ok('pull', '-q', '--signature-policy', own, app);
  write(at('config', 'containers', 'policy.json'), '{"default": [');
  refuses(app, /policy\.json: the file is not valid JSON/);
});

t.test('signatures of skopeo', async () => {
  require(signedBy('ann'));
  refuses(app, /it has no signature/);
  const copy = ['skopeo', 'copy', '-q', '--dest-tls-verify=false', '--src-tls-verify=false'];
  const flags = ['--registries.d', at('config', 'containers', 'registries.d')];
  const policy = ['--insecure-policy', ...flags];
  const [program = '', ...rest] = copy;
  const sign = (key: string, target: string) =>
    asUser(
      program,
      ...policy,
      ...rest,
      '--sign-by',
      `${key}@example.com`,
      `docker://${app}`,
      target,
    );
  sign('bob', `docker://${app}`);
  refuses(app, /not by a key of the policy/);
  sign('ann', `docker://${app}`);
  ok('pull', '-q', app);
  const digest = ok('inspect', '--format', '{{.Digest}}', app).trim();
  ok('pull', '-q', `${registry}/team/app@${digest}`);
  require(signedBy('ann', { signedIdentity: { type: 'matchExact' } }));
  ok('pull', '-q', app);
  refuses(`${registry}/team/app@${digest}`, /a signature is for|not by a key/);
  require(signedBy('ann', { keyPath: undefined, keyPaths: [at('eve.asc'), at('ann.asc')] }));
  ok('pull', '-q', app);
  // The same image under a name that nobody has signed.
  ok('push', 'hello', `${registry}/team/app:2`);
  refuses(`${registry}/team/app:2`, /a signature is for ".*team\/app:1"|not by a key/);
  require(signedBy('ann', { signedIdentity: { type: 'matchRepository' } }));
  ok('pull', '-q', `${registry}/team/app:2`);
  require(signedBy('ann', { keyPath: '/nonexistent' }));
  refuses(app, /cannot read the key/);
  // A directory has its signatures beside it.
  asUser(program, ...policy, ...rest, `docker://${app}`, `dir:${at('data', 'dir')}`);
  const exact = { signedIdentity: { type: 'exactReference', dockerReference: app } };
  require({ type: 'reject' }, { dir: { '': [signedBy('ann', exact)] } });
  ok('pull', '-q', `dir:${at('data', 'dir')}`);
  require({ type: 'reject' }, { dir: { '': [signedBy('eve', exact)] } });
  refuses(`dir:${at('data', 'dir')}`, /not by a key of the policy/);
});

t.test('signatures of bryo, verified by itself and by skopeo', async (t) => {
  const name = `${registry}/own/app:1`;
  const keys = ['--sign-by', 'eve@example.com', '--sign-passphrase-file', passphrase];
  ok('push', ...keys, 'hello', name);
  require(signedBy('eve'));
  ok('pull', '-q', name);
  const read = (source: string, target: string) =>
    asUser(
      'skopeo',
      '--policy',
      at('config', 'containers', 'policy.json'),
      '--registries.d',
      at('config', 'containers', 'registries.d'),
      'copy',
      '-q',
      '--src-tls-verify=false',
      `docker://${source}`,
      `dir:${at('data', target)}`,
    );
  read(name, 'by-eve');
  ok('tag', name, `${registry}/own/app:3`);
  ok('push', `${registry}/own/app:3`);
  refuses(`${registry}/own/app:3`, /a signature is for/);
  ok('image', 'sign', ...keys, `${registry}/own/app:3`);
  ok('pull', '-q', `${registry}/own/app:3`);
  const wrong = bryo('push', '--sign-by', 'nobody@example.com', 'hello', name);
  t.match(wrong, { code: 125, stderr: /^Error: gpg cannot sign: [^\n]+\n$/ });
  t.match(bryo('image', 'sign', 'hello'), { code: 125, stderr: /needs --sign-by/ });

  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const [key, pub] = [at('cosign.key'), at('cosign.pub')];
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'secret words' };
  write(key, privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher }).toString());
  write(pub, publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const sigstore = ['--sign-by-sigstore-private-key', key, '--sign-passphrase-file', passphrase];
  require({ type: 'sigstoreSigned', keyPath: pub });
  refuses(name, /no sigstore signature/);
  ok('push', ...sigstore, 'hello', name);
  ok('pull', '-q', name);
  ok('push', ...sigstore, 'hello', name);
  const repository = { signedIdentity: { type: 'matchRepository' } };
  require({ type: 'sigstoreSigned', keyPath: pub, ...repository });
  const listed = ok('pull', '-q', '--all-tags', `${registry}/own/app`).trim().split('\n');
  t.equal(new Set(listed).size, 1, 'the signatures are no image');
  require({ type: 'sigstoreSigned', keyPath: at('ann.asc') });
  refuses(name, /not a public key in PEM form/);
  const fulcio = { fulcio: { caPath: '/x', oidcIssuer: 'y', subjectEmail: 'z' } };
  require({ type: 'sigstoreSigned', ...fulcio });
  refuses(name, /asks for sigstoreSigned with fulcio, which cannot be verified/);
});

t.test('the policy is shown', async (t) => {
  require(signedBy('ann'));
  const shown = ok('image', 'trust', 'show');
  t.match(shown, /^TRANSPORT +NAME +TYPE/);
  t.match(shown, /repository +signed +\S+ann\.asc/);
  t.match(JSON.parse(ok('image', 'trust', 'show', '--json')), [
    { transport: 'all', repo_name: 'default', type: 'accept' },
  ]);
  t.match(ok('image', 'trust', 'show', '--raw'), /^\{"default"/);
});

t.test('the policy is changed', async (t) => {
  const policy = join(place, 'changed.json');
  const trust = (...args: string[]) => bryo('image', 'trust', ...args, '--policypath', policy);
  const shown = (): Record<string, string>[] => JSON.parse(trust('show', '--json').stdout);
  t.match(trust('set', '--type', 'bogus', 'default'), {
    code: 125,
    stderr: /invalid choice: bogus/,
  });
  t.match(trust('set', '--type', 'accept', 'docker.io'), {
    code: 125,
    stderr: /default trust policy must be set/,
  });
  t.match(trust('set', '--type', 'reject', 'default'), { code: 0, stderr: '' });
  t.match(trust('set', '--type', 'accept', 'docker.io'), { code: 0, stderr: '' });
  t.match(trust('set', 'quay.io/team'), { code: 125, stderr: /at least one public key/ });
  t.match(trust('set', '-f', at('ann.asc'), 'quay.io/team'), { code: 0, stderr: '' });
  t.match(shown(), [
    { repo_name: 'default', type: 'reject' },
    { repo_name: 'docker.io', type: 'accept' },
    { repo_name: 'quay.io/team', type: 'signed', gpg_id: at('ann.asc') },
  ]);
  trust('set', '--type', 'reject', 'docker.io');
  t.match(shown()[1], { repo_name: 'docker.io', type: 'reject' });
  t.equal(trust('show', '--raw').stdout, readFileSync(policy, 'utf8'));
});

t.test('nothing is left behind', async (t) => {
  asUser('gpgconf', '--kill', 'all');
  t.same(readdirSync(join(sandbox.root, 'tmp')), []);
  t.same(sandbox.close(), []);
});
