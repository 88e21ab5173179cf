import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { listRecords } from '../../../../src/container/records.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { listPods } from '../../../../src/pod/records.ts';
import { volumeNames } from '../../../../src/volume/volume.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { type Bench, openBench } from '../../../support/in-process.ts';

playCaller();

const places = mkdtempSync(join(tmpdir(), 'bryo-kube-'));

/** Writes a file of documents, each a text or an object. */
function file(...documents: (object | string)[]): string {
  const path = join(mkdtempSync(join(places, 'f-')), 'kube.yaml');
  const texts = documents.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  writeFileSync(path, texts.join('\n---\n'));
  return path;
}

function podOf(container = {}, spec = {}, name = 'p'): object {
  const containers = [{ name: 'c', image: 'localhost/web:latest', ...container }];
  return { kind: 'Pod', metadata: { name }, spec: { containers, ...spec } };
}

function namesIn({ store }: Engine): string[] {
  return listRecords(store).records.map(({ name }) => name);
}

/** All that there is: names of pods, containers but for holders, and volumes. */
function everything({ engine }: Bench) {
  return {
    pods: listPods(engine.store).map(({ name }) => name),
    containers: namesIn(engine).filter((name) => !name.endsWith('-infra')),
    volumes: volumeNames(engine.store),
  };
}

const play = 'kube play --start=false';

t.test('what is made of a file, and what is printed', async (t) => {
  const bench = openBench(t);
  const { engine, ok } = bench;
  const claim = {
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', labels: { a: 'b' } },
  };
  const secret = { kind: 'Secret', metadata: { name: 's' }, stringData: { k: 'v' } };
  const two = podOf(
    {},
    { initContainers: [{ name: 'first', image: 'localhost/web:latest' }] },
    'two',
  );
  const path = file(podOf(), claim, secret, two, { kind: 'Service' });
  const out = await ok(`${play} ${path}`);
  const id = '[0-9a-f]{64}';
  t.match(
    out,
    new RegExp(
      `^Volumes:\ndata\nSecrets:\n[0-9a-f]{25}\nPod:\n${id}\nContainer:\n${id}\n\nPod:\n${id}\nContainer:\n${id}$`,
    ),
  );
  t.same(everything(bench), {
    pods: ['p', 'two'],
    containers: ['p-c', 'two-first', 'two-c'],
    volumes: ['data'],
  });
  t.match(await ok('volume inspect data'), /"a": "b"/);
  t.equal(
    await ok("secret inspect --showsecret --format '{{.SecretData}}' s"),
    'kind: Secret\nmetadata:\n  creationTimestamp: null\n  name: s\nstringData:\n  k: v',
  );
  const again = await bench.run(`${play} ${path}`);
  t.match(again, { status: 125, err: /name "p" is in use: pod already exists/ });
  t.same(everything(bench).pods, ['p', 'two'], 'they stay');
  t.match(await ok(`${play} --replace ${path}`), /^Pods stopped:\n/);
  t.same(everything(bench).pods, ['p', 'two']);
  const down = await ok(`kube down ${path}`);
  t.match(
    down,
    new RegExp(
      `^Pods stopped:\n${id}\n${id}\nPods removed:\n${id}\n${id}\nSecrets removed:\n[0-9a-f]{25}\nVolumes removed:$`,
    ),
  );
  t.same(everything(bench), { pods: [], containers: [], volumes: ['data'] });
  t.equal(
    await ok(`kube down --force ${path}`),
    'Pods stopped:\nPods removed:\nSecrets removed:\nVolumes removed:\ndata',
  );
  t.same(everything(bench).volumes, []);
  t.equal(listRecords(engine.store).records.length, 0, 'holders are gone, too');
});

t.test('a Deployment has one pod', async (t) => {
  const bench = openBench(t);
  const { spec } = podOf() as { spec: object };
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { replicas: 3, template: { spec } },
  };
  await bench.ok(`${play} ${file(deployment)}`);
  t.match(bench.logged, [/Limiting replica count to 1/]);
  t.same(everything(bench), { pods: ['d-pod'], containers: ['d-pod-c'], volumes: [] });
});

t.test('the directory of an emptyDir is shared, and goes with the pod', async (t) => {
  const bench = openBench(t);
  const { engine } = bench;
  const volumeMounts = [{ name: 'v', mountPath: '/v' }];
  const volumes = [{ name: 'v', emptyDir: {} }];
  const other = { name: 'd', image: 'localhost/web:latest', volumeMounts };
  const { spec } = podOf({ volumeMounts }) as { spec: { containers: object[] } };
  const path = file(podOf({}, { volumes, containers: [...spec.containers, other] }));
  await bench.ok(`${play} ${path}`);
  const [volume = ''] = volumeNames(engine.store);
  const { records } = listRecords(engine.store);
  const users = records.filter((record) => record.volumes.some(({ name }) => name === volume));
  t.same(
    users.map(({ name }) => name).filter((name) => !name.endsWith('infra')),
    ['p-c', 'p-d'],
  );
  await bench.ok('rm p-c');
  t.same(volumeNames(engine.store), [volume], 'one container alone takes nothing away');
  await bench.ok(`kube down ${path}`);
  t.same(volumeNames(engine.store), []);
});

t.test('what a file is refused for leaves nothing', async (t) => {
  const bench = openBench(t);
  const volume = (source: object) =>
    podOf(
      { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      { volumes: [{ name: 'v', ...source }] },
    );
  const there = join(places, 'there');
  writeFileSync(there, '');
  const wrong: [string, RegExp][] = [
    [
      file('kind: Pod\nmetadata: {name: p}\nspec: {containers: 3}'),
      /Pod "p": spec\.containers: a list is needed/,
    ],
    [file(podOf({ image: 'localhost/none:1' })), /none/],
    [
      file(podOf({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }] })),
      /cannot set env A: no secret with name/,
    ],
    [
      file(volume({ configMap: { name: 'none' } })),
      /volumes\[0\]\.configMap: no such ConfigMap "none"/,
    ],
    [file(volume({ secret: { secretName: 'none' } })), /no such secret "none"/],
    [
      file(volume({ hostPath: { path: '/no/such' } })),
      /hostPath\.path: \/no\/such: no such file or directory/,
    ],
    [file(volume({ hostPath: { path: there, type: 'Socket' } })), /there is no Socket/],
    [file(volume({ hostPath: { path: there, type: 'Directory' } })), /there is no Directory/],
    [
      file({ kind: 'ConfigMap', metadata: { name: 'm' } }),
      /ConfigMaps in podman are not a standalone object/,
    ],
    [file({ kind: 'Service' }), /does not contain any supported kube kind/],
    [file(''), /does not contain any supported kube kind/],
    ['/no/such/file', /open \/no\/such\/file: no such file or directory/],
  ];
  for (const [path, err] of wrong)
    t.match(await bench.run(`${play} ${path}`), { status: 125, err });
  t.match(await bench.run(`kube play --force ${there}`), { status: 125, err: /only with --down/ });
  t.match(await bench.run(`kube play --wait --start=false ${there}`), {
    status: 125,
    err: /does not work/,
  });
  t.match(await bench.run(`kube play --annotation a ${there}`), {
    err: /must include an '=' sign/,
  });
  t.match(await bench.run(`kube play --context-dir /x ${there}`), {
    err: /--build must be specified/,
  });
  t.same(everything(bench), { pods: [], containers: [], volumes: [] });
});

t.test('what a hostPath makes', async (t) => {
  const bench = openBench(t);
  const directory = join(places, 'new/directory');
  const plain = join(places, 'new/file');
  const socket = join(places, 'socket');
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  const sources = [
    { path: directory, type: 'DirectoryOrCreate' },
    { path: plain, type: 'FileOrCreate' },
    { path: socket, type: 'Socket' },
    { path: '/dev/null', type: 'CharDevice' },
  ];
  const volumes = sources.map((hostPath, index) => ({ name: `v${index}`, hostPath }));
  const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
  await bench.ok(`${play} ${file(podOf({ volumeMounts }, { volumes }))}`);
  t.equal(readFileSync(plain, 'utf8'), '');
  const { mounts, devices } = listRecords(bench.engine.store).records.find(
    ({ name }) => name === 'p-c',
  )?.options ?? { mounts: [], devices: [] };
  t.same(
    mounts.map((mount) => (mount.kind === 'bind' ? mount.source : null)),
    [directory, plain, socket],
  );
  t.same(devices, [{ source: '/dev/null', target: '/v3', permissions: 'rwm' }]);
  mkdirSync(directory, { recursive: true });
});

t.test('a secret that must not change', async (t) => {
  const bench = openBench(t);
  const secret = (value: string) => ({
    kind: 'Secret',
    metadata: { name: 's' },
    immutable: true,
    stringData: { value },
  });
  await bench.ok(`${play} ${file(secret('a'))}`);
  t.match(await bench.run(`${play} ${file(secret('b'))}`), {
    status: 125,
    err: /it is set to immutable/,
  });
});

t.test('addresses and annotations of the command line', async (t) => {
  const bench = openBench(t);
  const flags =
    '--annotation io.podman.annotations.init/c=true --userns keep-id --publish 8080:80 --no-hosts';
  await bench.ok(
    `${play} --ip 10.89.0.77 --mac-address 02:00:00:00:00:01 ${flags} ${file(podOf())}`,
  );
  const { records } = listRecords(bench.engine.store);
  const holder = records.find(({ name }) => name.endsWith('-infra'));
  t.match(holder?.options, {
    network: {
      mode: 'bridge',
      networks: [
        {
          network: 'podman-default-kube',
          addresses: ['10.89.0.77'],
          mac: '02:00:00:00:00:01',
          aliases: ['c'],
        },
      ],
    },
    ports: [{ hostPort: 8080, containerPort: 80 }],
    noHosts: true,
    userns: { mode: 'keep-id' },
  });
  t.match(records.find(({ name }) => name === 'p-c')?.options, { init: true });
  const host = await bench.run(`${play} --network none --ip 10.0.0.1 ${file(podOf({}, {}, 'q'))}`);
  t.match(host, { status: 125, err: /can only be set when the network mode is bridge/ });
});
