import t from 'tap';
import { BryoError } from '../../../src/base/errors.ts';
import { decodeKube, readDocuments } from '../../../src/kube/documents.ts';
import { expandVariables } from '../../../src/kube/expand.ts';
import { KubeField } from '../../../src/kube/field.ts';
import { isPod, readConfigMaps, readKubeFile } from '../../../src/kube/objects.ts';
import { pullPolicyOf } from '../../../src/kube/pull-policy.ts';
import { readQuantity } from '../../../src/kube/quantity.ts';

/** The message of what a file is refused with. */
function refusal(text: string): string {
  try {
    readKubeFile(text);
  } catch (error) {
    if (error instanceof BryoError && error.code === 'bad-kube') return error.message;
    throw error;
  }
  return '';
}

/** A pod of one container, of which further lines are given. */
function pod(container: string, spec = ''): string {
  const lines = (text: string, by: number) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => `${' '.repeat(by)}${line}\n`)
      .join('');
  return `kind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: c\n    image: i\n${lines(container, 4)}${lines(spec, 2)}`;
}

t.test('what pods need comes first, and the pods in their order', async (t) => {
  const named = (kind: string, name: string) => `kind: ${kind}\nmetadata: {name: ${name}}\n`;
  const text = [
    `${named('Pod', 'one')}spec: {containers: []}`,
    named('ConfigMap', 'a'),
    '',
    named('Service', 's'),
    'kind: List\nitems:\n- kind: Secret\n  metadata: {name: b}\n',
    `${named('Deployment', 'two')}spec: {replicas: 3, template: {spec: {containers: []}}}`,
  ].join('\n---\n');
  const { objects, passedOver } = readKubeFile(text);
  t.same(
    objects.map((object) => [object.kind, isPod(object) ? object.name : object.metadata.name]),
    [
      ['Secret', 'b'],
      ['ConfigMap', 'a'],
      ['Pod', 'one'],
      ['Deployment', 'two-pod'],
    ],
  );
  t.same(passedOver, ['Service']);
  t.match(objects[3], { replicas: 3 });
});

t.test('YAML as Kubernetes reads it', async (t) => {
  const [field] = readDocuments(
    'a: &x {m: 0644}\nb: {<<: *x, m2: yes, o: "1", p: 0o17, q: 08, r: -0x1f, s: "off", t: off, u: 2024-01-01}\n',
  );
  const own = { m2: true, o: '1', p: 15, q: 8, r: -31, s: 'off', t: false, u: '2024-01-01' };
  t.same(field?.value, { a: { m: 420 }, b: { m: 420, ...own } });
  t.same(readDocuments('---\n---\n# nothing\n'), []);
  t.same(readDocuments(''), []);
});

t.test('errors name document, place and reason', async (t) => {
  const web = 'Pod "web": ';
  const first = 'spec.containers[0]';
  const wrong: [string, string | RegExp][] = [
    ['a: [', /^unable to read kube YAML: .*at line 2/],
    ['a: 1\na: 2', /^unable to read kube YAML: duplicated mapping key at line 2/],
    ['- 1', 'document 1: a mapping is needed, not a list'],
    ['metadata: {name: x}', 'document 1: kind: it is needed'],
    ['kind: Pod\nspec: {}', 'Pod: metadata.name: it is needed'],
    ['kind: Job\nmetadata: {name: j}\nspec: {}', 'Job "j": spec.template: it is needed'],
    [
      pod('env: [{name: A, value: [1]}]'),
      `${web}${first}.env[0].value: a text is needed, not a list`,
    ],
    [pod('tty: "true"'), `${web}${first}.tty: true or false is needed, not a text`],
    [pod('args: top'), `${web}${first}.args: a list is needed, not a text`],
    [
      pod('ports: [{containerPort: 70000}]'),
      `${web}${first}.ports[0].containerPort: at most 65535 is possible`,
    ],
    [
      pod('ports: [{containerPort: 1, protocol: SCTP}]'),
      /ports\[0\]\.protocol: ports of SCTP cannot be forwarded/,
    ],
    [pod('resources: {limits: {memory: 1Q}}'), /resources\.limits\.memory: "1Q" is no quantity/],
    [
      pod('livenessProbe: {tcpSocket: {port: web}}'),
      /livenessProbe\.tcpSocket\.port: unknown port: web/,
    ],
    [
      pod('volumeMounts: [{name: v, mountPath: /v}]'),
      /volumeMounts\[0\]\.name: volume mount v specified/,
    ],
    [
      pod('', 'volumes: [{name: v, nfs: {}}]'),
      `${web}spec.volumes[0]: hostPath, persistentVolumeClaim, configMap, secret, emptyDir and image are the sources that are supported`,
    ],
    [
      pod('', 'volumes: [{name: v, hostPath: {path: x}}]'),
      /hostPath\.path: an absolute path is needed/,
    ],
    [
      pod('', 'volumes: [{name: v, configMap: {name: c, items: [{key: k, path: ../x}]}}]'),
      /items\[0\]\.path: "\.\.\/x" is no path within the volume/,
    ],
    [
      pod('', 'volumes: [{name: v, secret: {secretName: c, defaultMode: 01000}}]'),
      /secret\.defaultMode: at most 511 is possible/,
    ],
    [
      pod('', 'restartPolicy: Sometimes'),
      /restartPolicy: "Sometimes" is none of Always, OnFailure, Never/,
    ],
    [pod('', 'dnsPolicy: None'), /dnsPolicy: None needs dnsConfig\.nameservers/],
    [
      pod('', 'initContainers: [{name: c, image: i}]'),
      /spec\.containers\[0\]\.name: duplicate container name "c" detected/,
    ],
    [
      pod('', 'initContainers: [{name: d, image: i, livenessProbe: {}}]'),
      /cannot create an init container that has either/,
    ],
    [
      pod('securityContext: {seccompProfile: {type: Localhost, localhostProfile: ../x}}'),
      /is no path below the directory of profiles/,
    ],
    [
      'kind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}\nbinaryData: {a: YQ==}',
      /duplicate key "a" present in data and binaryData/,
    ],
    [
      'kind: Secret\nmetadata: {name: s}\ndata: {a: "not so"}',
      'Secret "s": data["a"]: base64 is needed',
    ],
  ];
  for (const [text, message] of wrong) {
    const found = refusal(text);
    if (typeof message === 'string') t.equal(found, message);
    else t.match(found, message);
  }
});

t.test('numbers, and true and false, are texts where those have to be', async (t) => {
  const { objects } = readKubeFile(pod('command: [true, 3]'));
  const [one] = objects.filter(isPod);
  t.same(one?.spec.containers[0]?.process.command, ['true', '3']);
});

t.test('only ConfigMaps beside a file', async (t) => {
  t.throws(() => readConfigMaps(pod('')), /invalid YAML kind: "Pod"/);
  t.match(readConfigMaps('kind: ConfigMap\nmetadata: {name: m}\ndata: {a: b}'), [
    { metadata: { name: 'm' }, data: { a: 'b' } },
  ]);
});

t.test('references that grow without end are refused', async (t) => {
  const levels = [...'bcdefghij'].map((name, index) => {
    const above = String.fromCharCode('a'.charCodeAt(0) + index);
    return `${name}: &${name} [${`*${above},`.repeat(9)}*${above}]`;
  });
  const chain = Array.from(
    { length: 500 },
    (_, index) => `a${index + 1}: &a${index + 1} [*a${index}]`,
  );
  const unreadable = 'unable to read kube YAML: ';
  const wrong: [string, string | RegExp][] = [
    [`a: &a [x]\n${levels.join('\n')}\n`, `${unreadable}document contains excessive aliasing`],
    [`a0: &a0 [x]\n${chain.join('\n')}\n`, `${unreadable}nesting exceeds 100 levels`],
    [
      'a: &a {b: *a}',
      /^unable to read kube YAML: (a value is a part of itself|unidentified alias)/,
    ],
    [`a: ${'['.repeat(100_000)}`, /^unable to read kube YAML: nesting exceeded/],
    [
      `a: ${'{a: '.repeat(5000)}1${'}'.repeat(5000)}`,
      /^unable to read kube YAML: nesting exceeded/,
    ],
    [
      Array.from({ length: 3000 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
      /nesting exceeded/,
    ],
    ['a: !!js/function x', /^unable to read kube YAML: unknown tag/],
    ['a: x\0y', /^unable to read kube YAML: null byte/],
    ['a:\n\tb: 1', /^unable to read kube YAML: .* at line 2/],
  ];
  for (const [text, message] of wrong) t.match(refusal(text), message);
});

t.test('files of other editors', async (t) => {
  const text = 'kind: Pod\n';
  const wide = Buffer.from(`\ufeff${text}`, 'utf16le');
  t.equal(decodeKube(wide), text);
  t.equal(decodeKube(Buffer.from(wide).swap16()), text);
  t.equal(decodeKube(Buffer.from(`\ufeff${text}`)), text);
  t.throws(() => decodeKube(Buffer.from('a: \xe9', 'latin1')), /it is no text in UTF-8/);
});

t.test('a file may have very many documents', async (t) => {
  const map = (index: number): string =>
    `kind: ConfigMap\nmetadata: {name: m${index}}\ndata: {a: b}`;
  for (const count of [10, 1000, 50_000]) {
    const text = Array.from({ length: count }, (_, index) => map(index)).join('\n---\n');
    t.equal(readKubeFile(text).objects.length, count);
  }
});

t.test('quantities', async (t) => {
  const read = (value: unknown) => readQuantity(new KubeField(value, 'x', 'd'));
  const known: [unknown, number][] = [
    ['500m', 0.5],
    ['64Mi', 64 * 1024 ** 2],
    ['1.5', 1.5],
    [2, 2],
    ['1e3', 1000],
    ['1E', 1e18],
    ['.5k', 500],
    ['100n', 100 * 1e-9],
  ];
  for (const [text, value] of known) t.equal(read(text), value, String(text));
  t.equal(read(null), null);
  for (const text of ['1 k', 'k', '-1', '1ki', '1.2.3', 'Infinity']) t.throws(() => read(text));
});

t.test('variables in words', async (t) => {
  const env = { A: '1', B: '$(A)' };
  t.equal(expandVariables('$(A) $(B) $(C) $$(A) $A $$', env), '1 $(A) $(C) $(A) $A $');
  t.equal(expandVariables('$(toString)', env), '$(toString)');
});

t.test('when images are pulled', async (t) => {
  const field = new KubeField('x', 'x', 'd');
  const policy = (image: string, said: string | null = null) => pullPolicyOf(image, said, field);
  t.equal(policy('alpine'), 'missing');
  t.equal(policy('quay.io/a/b'), 'newer');
  t.equal(policy('quay.io/a/b:latest'), 'newer');
  t.equal(policy('localhost/a'), 'newer', 'as podman says it; it is not asked for');
  t.equal(policy('localhost:5000/a/b:1'), 'missing');
  t.equal(policy('quay.io/a/b', 'IfNotPresent'), 'missing');
  t.equal(policy('alpine', 'Always'), 'always');
  t.equal(policy('alpine', 'Never'), 'never');
  t.throws(() => policy('alpine', 'Often'), /unsupported pull policy "Often"/);
});
