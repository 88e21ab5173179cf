import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { digestBytes } from '../../../src/image/hash.ts';
import { type Candidate, checkPolicy, unsigned } from '../../../src/image/policy/check.ts';
import { identityFits } from '../../../src/image/policy/identity.ts';
import { parsePayload, payloadTypes, writePayload } from '../../../src/image/policy/payload.ts';
import { findRequirements, loadPolicy, parsePolicy } from '../../../src/image/policy/policy.ts';
import { dockerScopes, pathScopes } from '../../../src/image/policy/scopes.ts';
import { parseReference } from '../../../src/image/reference.ts';

const accept = [{ type: 'insecureAcceptAnything' }];
const reject = [{ type: 'reject' }];
const hex = 'a'.repeat(64);

function policy(document: unknown) {
  return parsePolicy('/p.json', JSON.stringify(document));
}

t.test('what is wrong in a policy is named, and the whole of it refused', async (t) => {
  const signed = { type: 'signedBy', keyType: 'GPGKeys', keyPath: '/k' };
  const cases: [string, string][] = [
    ['', 'not valid JSON'],
    ['{}', 'default is not a list'],
    ['{"default":[]}', 'at least one'],
    ['{"default":[{"type":"reject"}],"x":1}', 'unknown member "x"'],
    ['{"default":[{"type":"reject"}],"default":[{"type":"reject"}]}', '"default" is there twice'],
    ['{"default":[{"type":"reject","a":1}]}', 'unknown member "a"'],
    ['{"default":[{"type":"maybe"}]}', 'unknown type "maybe"'],
    ['{"default":[{"type":"signedBy"}]}', 'keyType'],
    [JSON.stringify({ default: [{ ...signed, keyData: 'eA==' }] }), 'needs one of'],
    [JSON.stringify({ default: [{ ...signed, signedIdentity: { type: 'x' } }] }), 'unknown type'],
    [
      JSON.stringify({ default: [{ ...signed, signedIdentity: { type: 'exactReference' } }] }),
      'dockerReference',
    ],
    [`${'{"default":'.repeat(80)}1${'}'.repeat(80)}`, 'nested too deeply'],
  ];
  for (const [text, words] of cases) {
    t.throws(() => parsePolicy('/p.json', text), { code: 'bad-policy' }, text.slice(0, 60));
    try {
      parsePolicy('/p.json', text);
    } catch (error) {
      t.match(String(error), words);
    }
  }
});

t.test('the most specific scope counts alone', async (t) => {
  const parsed = policy({
    default: reject,
    transports: {
      docker: {
        '': accept,
        'quay.io': reject,
        'quay.io/team': accept,
        'quay.io/team/app:1': reject,
        'host:5000': reject,
        '*.example.com': reject,
      },
      dir: { '/srv/images': accept },
    },
  });
  const of = (name: string) =>
    findRequirements(parsed, 'docker', dockerScopes(parseReference(name)))[0]?.type;
  t.equal(of('alpine'), 'insecureAcceptAnything');
  t.equal(of('quay.io/other/app'), 'reject');
  t.equal(of('quay.io/team/app:2'), 'insecureAcceptAnything');
  t.equal(of('quay.io/teams/app:2'), 'reject');
  t.equal(of('quay.io/team/app:1'), 'reject');
  t.equal(of('host:5000/x'), 'reject');
  t.equal(of('host:5001/x'), 'insecureAcceptAnything');
  t.equal(of('a.b.example.com/x'), 'reject');
  t.equal(of('example.com/x'), 'insecureAcceptAnything');
  const dir = (path: string) => findRequirements(parsed, 'dir', pathScopes(path, null))[0]?.type;
  t.equal(dir('/srv/images/a/b'), 'insecureAcceptAnything');
  t.equal(dir('/srv/imagesx'), 'reject');
  t.equal(findRequirements(parsed, 'oci', [])[0]?.type, 'reject');
});

t.test('identities', async (t) => {
  const app = parseReference('quay.io/team/app:1');
  const pinned = parseReference(`quay.io/team/app@sha256:${hex}`);
  const is = { type: 'matchExact' } as const;
  const either = { type: 'matchRepoDigestOrExact' } as const;
  const repository = { type: 'matchRepository' } as const;
  t.ok(identityFits(is, 'quay.io/team/app:1', app));
  t.notOk(identityFits(is, 'quay.io/team/app:2', app));
  t.notOk(identityFits(is, 'quay.io/team/app', app), 'a name without a tag is not latest');
  t.notOk(identityFits(is, 'quay.io/team/app', parseReference('quay.io/team/app')));
  t.notOk(identityFits(is, 'docker://quay.io/team/app:1', app));
  t.notOk(identityFits(is, 'quay.io/team/app:1', pinned));
  t.notOk(identityFits(is, 'quay.io/team/app:1', null));
  t.ok(identityFits(either, 'quay.io/team/app:2', pinned));
  t.notOk(identityFits(either, 'quay.io/team/app:2', app));
  t.notOk(identityFits(either, 'quay.io/team/other:1', pinned));
  t.ok(identityFits(repository, 'quay.io/team/app:9', app));
  t.ok(identityFits(repository, 'quay.io/team/app', app));
  t.notOk(identityFits(repository, 'quay.io/team/apps:1', app));
  const exact = { type: 'exactReference', reference: 'busybox:1' } as const;
  t.ok(identityFits(exact, 'docker.io/library/busybox:1', null));
  t.notOk(identityFits(exact, 'docker.io/library/busybox:2', null));
  const whole = { type: 'exactRepository', repository: 'busybox' } as const;
  t.ok(identityFits(whole, 'docker.io/library/busybox:2', null));
  const remap = {
    type: 'remapIdentity',
    prefix: 'mirror:5000/v',
    signedPrefix: 'v.example',
  } as const;
  t.ok(identityFits(remap, 'v.example/a/b:1', parseReference('mirror:5000/v/a/b:1')));
  t.notOk(identityFits(remap, 'v.example/a/b:1', parseReference('mirror:5000/vv/a/b:1')));
  t.ok(identityFits(remap, 'other/a:1', parseReference('other/a:1')), 'nothing to replace');
  t.notOk(identityFits(is, '../etc', app));
});

t.test('payloads that say more or less than they should', async (t) => {
  const digest = `sha256:${hex}` as const;
  const claim = { digest, reference: 'a:1' };
  const good = JSON.parse(writePayload(claim, payloadTypes.simple, new Date(0)).toString());
  const read = (document: unknown) =>
    parsePayload(Buffer.from(JSON.stringify(document)), payloadTypes.simple);
  t.same(read(good), claim);
  t.same(read({ ...good, optional: null }), claim);
  const { critical } = good;
  const cases: Record<string, unknown> = {
    'another type': { ...good, critical: { ...critical, type: payloadTypes.cosign } },
    'a further member': { ...good, more: 1 },
    'a further critical one': { ...good, critical: { ...critical, more: 1 } },
    'no image': { ...good, critical: { ...critical, image: {} } },
    'a digest as a path': {
      ...good,
      critical: { ...critical, image: { 'docker-manifest-digest': '../x' } },
    },
    'a list': [],
  };
  for (const [name, document] of Object.entries(cases)) t.equal(read(document), null, name);
  const text = JSON.stringify(good).replace('"identity":', '"identity":{},"identity":');
  t.equal(parsePayload(Buffer.from(text), payloadTypes.simple), null, 'a member twice');
  t.equal(parsePayload(Buffer.from([0xff]), payloadTypes.simple), null);
});

t.test('sigstore signatures, and what is not supported', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-policy-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const other = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const manifest = Buffer.from('{}');
  const make = (reference: string, bytes: Uint8Array, key = privateKey) => {
    const claim = { digest: digestBytes(bytes), reference };
    const payload = writePayload(claim, payloadTypes.cosign, new Date(0));
    return { payload, signature: sign('sha256', payload, key) };
  };
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyPath = join(directory, 'key.pub');
  writeFileSync(keyPath, pem);
  const check = (signatures: ReturnType<typeof make>[], more: object = {}) => {
    const candidate: Candidate = {
      transport: 'docker',
      scopes: [],
      identity: parseReference('quay.io/app:1'),
      shown: 'quay.io/app:1',
      manifest,
      signatures: {
        ...unsigned,
        async *sigstore() {
          yield* signatures;
        },
      },
    };
    const wanted = { type: 'sigstoreSigned', keyPath, ...more };
    return checkPolicy(candidate, {
      policy: policy({ default: [wanted] }),
      scratch: () => join(directory, 'scratch'),
    });
  };
  const refused = { code: 'policy-rejected' };
  const good = make('quay.io/app:1', manifest);
  await check([good]);
  await check([make('quay.io/app:2', manifest), good]);
  await check([good], { keyPath: undefined, keyData: Buffer.from(pem).toString('base64') });
  await t.rejects(check([]), { ...refused, message: /no sigstore signature/ });
  await t.rejects(check([make('quay.io/app:1', manifest, other.privateKey)]), refused);
  await t.rejects(check([make('quay.io/app:1', Buffer.from('[]'))]), refused);
  await t.rejects(check([make('quay.io/app:2', manifest)]), refused);
  const forged = { ...good, payload: Buffer.from(`${good.payload.toString()} `) };
  await t.rejects(check([forged]), refused);
  await t.rejects(check([good], { keyPath: '/nonexistent' }), { code: 'bad-policy' });
  const fulcio = { keyPath: undefined, fulcio: { caPath: '/x' } };
  await t.rejects(check([good], fulcio), { code: 'unsupported-policy', message: /fulcio/ });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const weak = Buffer.from(rsa.export({ type: 'spki', format: 'pem' })).toString('base64');
  await t.rejects(check([good], { keyPath: undefined, keyData: weak }), { code: 'bad-policy' });
});

t.test('which file it is', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'bryo-policy-'));
  t.teardown(() => rmSync(home, { recursive: true, force: true }));
  t.throws(() => loadPolicy({ env: {}, home, path: join(home, 'none') }), { code: 'bad-policy' });
  writeFileSync(join(home, 'own'), JSON.stringify({ default: reject }));
  t.equal(loadPolicy({ env: {}, home, path: join(home, 'own') })?.default[0]?.type, 'reject');
});
