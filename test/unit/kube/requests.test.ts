import t from 'tap';
import { PodAnnotations } from '../../../src/kube/annotations.ts';
import { containerRequest } from '../../../src/kube/container-request.ts';
import { filesOf } from '../../../src/kube/files.ts';
import type { ReadyVolume } from '../../../src/kube/mounts.ts';
import { isPod, readKubeFile } from '../../../src/kube/objects.ts';
import { type PodChoices, podRequest } from '../../../src/kube/pod-request.ts';
import { type ContainerOptions, defaultContainerOptions } from '../../../src/request/container.ts';
import { defaultLog } from '../../../src/request/log.ts';
import { plainBind, plainTmpfs } from '../../../src/request/mounts/types.ts';
import { parsePort } from '../../../src/request/ports.ts';

function readPod(text: string) {
  const { objects } = readKubeFile(text);
  const pod = objects.find(isPod);
  if (pod === undefined) throw new Error('no pod');
  const configMaps = new Map(
    objects.flatMap((one) => (one.kind === 'ConfigMap' ? [[one.metadata.name, one] as const] : [])),
  );
  return { pod, configMaps };
}

/** A Pod whose only container has these lines beside its name and image. */
function podOf(container: object, { spec = {}, metadata = {} } = {}): string {
  return JSON.stringify({
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'x' }, ...metadata },
    spec: { containers: [{ name: 'c', image: 'i', ...container }], ...spec },
  });
}

const volumes = new Map<string, ReadyVolume>([
  ['host', { kind: 'bind', path: '/srv' }],
  ['named', { kind: 'volume', name: 'data' }],
  ['memory', { kind: 'memory', size: 1024 }],
  ['device', { kind: 'device', path: '/dev/fuse' }],
  ['image', { kind: 'image', name: 'files' }],
  ['absent', { kind: 'absent' }],
]);

function request(text: string, isInit = false): ContainerOptions {
  const { pod, configMaps } = readPod(text);
  const [container] = isInit ? pod.spec.initContainers : pod.spec.containers;
  if (container === undefined) throw new Error('no container');
  const annotations = new PodAnnotations(pod, {});
  return containerRequest(
    container,
    {
      pod,
      podId: 'p0d',
      infraId: 'inf4a',
      annotations,
      volumes,
      variables: {
        configMaps,
        secret: (name) => (name === 'known' ? { password: Buffer.from('s3cret') } : null),
        pod: { name: pod.name, id: 'p0d', labels: pod.labels, annotations: annotations.all },
        host: { memory: 4096, cpus: 2 },
      },
      log: defaultLog(),
      seccompRoot: '/profiles',
      earlier: new Set(['first']),
    },
    { isInit, imageEnv: { PATH: '/bin' } },
  );
}

/** The request of a pod without anything that was asked for. */
const plain = request(podOf({}));

/** The parts of a request that its lines have changed. */
function changes(container: object, others = {}): Partial<ContainerOptions> {
  const changed = Object.entries(request(podOf(container, others))).filter(
    ([key, value]) =>
      JSON.stringify(value) !== JSON.stringify(plain[key as keyof ContainerOptions]),
  );
  return Object.fromEntries(changed);
}

t.test('a container without anything', async (t) => {
  t.same(plain, {
    ...defaultContainerOptions(),
    name: 'web-c',
    image: 'i',
    labels: { app: 'x' },
    annotations: { 'io.kubernetes.cri-o.SandboxID': 'inf4a' },
    restart: { policy: 'always', max: 0 },
    sdnotify: 'ignore',
    pod: 'p0d',
  });
});

t.test('process and environment', async (t) => {
  t.same(
    changes({
      command: ['sh', '$(A)'],
      args: ['$(PATH)', '$$(A)'],
      env: [{ name: 'A', value: '1' }],
    }),
    {
      entrypoint: ['sh', '1'],
      command: ['/bin', '$(A)'],
      env: { A: '1' },
    },
  );
  t.same(changes({ args: ['x'] }), { command: ['x'] });
  t.same(changes({ workingDir: '/w', tty: true, stdin: true }), {
    workdir: '/w',
    tty: true,
    interactive: true,
  });
  const from = (valueFrom: object) => ({ env: [{ name: 'A', valueFrom }] });
  const valueFor = (valueFrom: object, limits = {}) =>
    changes({ ...from(valueFrom), resources: { limits } }).env;
  t.same(valueFor({ fieldRef: { fieldPath: 'metadata.name' } }), { A: 'web' });
  t.same(valueFor({ fieldRef: { fieldPath: 'metadata.uid' } }), { A: 'p0d' });
  t.same(valueFor({ fieldRef: { fieldPath: "metadata.labels['app']" } }), { A: 'x' });
  t.same(valueFor({ fieldRef: { fieldPath: "metadata.labels['no']" } }), { A: '' });
  t.throws(() => valueFor({ fieldRef: { fieldPath: 'status.hostIP' } }), /fieldPath status.hostIP/);
  const resource = (name: string, divisor: unknown) => ({
    resourceFieldRef: { resource: name, divisor },
  });
  t.same(valueFor(resource('limits.memory', '1Ki')), { A: '4' });
  t.same(valueFor(resource('requests.cpu', '1m')), { A: '2000' });
  t.same(valueFor(resource('limits.cpu', '1m'), { cpu: '100m' }), { A: '100' });
  t.same(valueFor(resource('limits.memory', '1Mi'), { memory: '64Mi' }), { A: '64' });
  t.throws(() => valueFor(resource('limits.memory', '3')), /divisor value 3 is not valid/);
  t.throws(() => valueFor(resource('limits.disk', '1')), /resource limits.disk is either/);
  t.same(valueFor({ secretKeyRef: { name: 'known', key: 'password' } }), { A: 's3cret' });
  t.same(valueFor({ secretKeyRef: { name: 'other', key: 'password', optional: true } }), undefined);
  t.throws(
    () => valueFor({ secretKeyRef: { name: 'known', key: 'no' } }),
    /secret known has not no key/,
  );
  t.throws(() => valueFor({ secretKeyRef: { name: 'other', key: 'no' } }), /no such secret/);
  t.throws(
    () => valueFor({ configMapKeyRef: { name: 'm', key: 'k' } }),
    /env\[0\]: cannot set env A: configmap m not found/,
  );
});

t.test('variables of ConfigMaps and Secrets', async (t) => {
  const map = 'kind: ConfigMap\nmetadata: {name: m}\ndata: {A: one, B: two}\n---\n';
  const container = {
    envFrom: [{ configMapRef: { name: 'm' } }, { prefix: 'S_', secretRef: { name: 'known' } }],
    env: [{ name: 'B', value: 'own' }],
  };
  t.same(request(`${map}${podOf(container)}`).env, { A: 'one', B: 'own', S_password: 's3cret' });
  t.throws(() => request(podOf(container)), /envFrom\[0\]\.configMapRef: configmap m not found/);
  const optional = { envFrom: [{ configMapRef: { name: 'm', optional: true } }] };
  t.same(changes(optional), {});
});

t.test('rights', async (t) => {
  const context = (securityContext: object, spec = {}) => changes({ securityContext }, { spec });
  t.same(context({ runAsUser: 5 }), { user: '5' });
  t.same(context({ runAsGroup: 7 }), { user: '0:7' });
  t.same(
    context(
      { runAsUser: 5 },
      { securityContext: { runAsUser: 1, runAsGroup: 2, supplementalGroups: [3] } },
    ),
    {
      user: '5:2',
      groupAdd: ['3'],
    },
  );
  t.same(context({ readOnlyRootFilesystem: true }), { readOnly: true });
  t.same(context({ capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } }), {
    capAdd: ['NET_ADMIN'],
    capDrop: ['ALL'],
  });
  const { security } = plain;
  t.same(context({ allowPrivilegeEscalation: false }), {
    security: { ...security, noNewPrivileges: true },
  });
  t.same(context({ procMount: 'Unmasked' }), { security: { ...security, unmask: ['ALL'] } });
  t.same(context({ seccompProfile: { type: 'Unconfined' } }), {
    security: { ...security, seccomp: 'unconfined' },
  });
  t.same(context({ seccompProfile: { type: 'Localhost', localhostProfile: 'a/b.json' } }), {
    security: { ...security, seccomp: '/profiles/a/b.json' },
  });
  t.same(context({ privileged: true }), {
    capAdd: ['ALL'],
    security: { ...security, privileged: true, seccomp: 'unconfined', unmask: ['ALL'] },
  });
  const annotations = { 'container.seccomp.security.alpha.kubernetes.io/c': 'localhost/p.json' };
  t.same(changes({}, { metadata: { annotations } }).security?.seccomp, '/profiles/p.json');
});

t.test('limits and devices', async (t) => {
  const { resources } = plain;
  t.same(
    changes({
      resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { memory: '32Mi' } },
    }),
    {
      resources: {
        ...resources,
        cpuPeriod: 100_000,
        cpuQuota: 150_000,
        memory: 64 * 1024 ** 2,
        memoryReservation: 32 * 1024 ** 2,
      },
    },
  );
  t.same(changes({ resources: { limits: { 'podman.io/device=/dev/fuse': 1 } } }), {
    devices: [{ source: '/dev/fuse', target: '/dev/fuse', permissions: 'rwm' }],
  });
  t.throws(
    () => changes({ resources: { limits: { 'v.com/gpu=all': 1 } } }),
    /only devices by their paths/,
  );
});

t.test('probes', async (t) => {
  const { health } = plain;
  const exec = { exec: { command: ['true'] } };
  t.same(changes({ livenessProbe: { ...exec, periodSeconds: 5, initialDelaySeconds: 2 } }), {
    health: {
      ...health,
      test: ['CMD', 'true'],
      interval: 5000,
      timeout: 1000,
      retries: 3,
      startPeriod: 2000,
      onFailure: 'restart',
    },
  });
  const testOf = (livenessProbe: object, ports: object[] = []) =>
    changes({ livenessProbe, ports }).health?.test;
  t.same(testOf({ httpGet: { port: 80 } }), [
    'CMD-SHELL',
    'curl -f http://localhost:80/ || exit 1',
  ]);
  t.same(
    testOf({ httpGet: { port: 'p', scheme: 'HTTPS', host: 'h', path: '/a?b=1&c' } }, [
      { name: 'p', containerPort: 8443 },
    ]),
    ['CMD-SHELL', "curl -f 'https://h:8443/a?b=1&c' || exit 1"],
  );
  t.same(testOf({ tcpSocket: { port: '22' } }), ['CMD-SHELL', 'nc -z -v localhost 22 || exit 1']);
  const startup = changes(
    { startupProbe: { ...exec, failureThreshold: 7 } },
    { spec: { restartPolicy: 'Never' } },
  );
  t.match(startup.health, {
    test: ['CMD-SHELL', 'exit 0'],
    onFailure: 'none',
    startup: { test: ['CMD', 'true'], interval: 10_000, timeout: 1000, retries: 7, successes: 0 },
  });
});

t.test('mounts', async (t) => {
  const mount = (volumeMount: object) =>
    changes(
      { volumeMounts: [volumeMount] },
      { spec: { volumes: [...volumes.keys()].map((name) => ({ name, emptyDir: {} })) } },
    );
  const origin = 'Pod "web": spec.containers[0].volumeMounts[0]';
  const place = { target: '/m', readOnly: false, origin };
  t.same(mount({ name: 'host', mountPath: '/m' }), {
    mounts: [{ kind: 'bind', source: '/srv', ...place, how: plainBind() }],
  });
  t.same(
    mount({
      name: 'host',
      mountPath: '/m:z',
      readOnly: true,
      subPath: 'a',
      mountPropagation: 'HostToContainer',
    }),
    {
      mounts: [
        {
          kind: 'bind',
          source: '/srv',
          ...place,
          readOnly: true,
          how: { ...plainBind(), propagation: 'rslave' },
          subpath: 'a',
        },
      ],
    },
  );
  t.same(mount({ name: 'named', mountPath: '/m' }), {
    mounts: [{ kind: 'volume', name: 'data', ...place, how: plainBind() }],
  });
  t.same(mount({ name: 'memory', mountPath: '/m' }), {
    mounts: [{ kind: 'tmpfs', ...place, how: { ...plainTmpfs(), settings: { size: '1024' } } }],
  });
  t.same(mount({ name: 'image', mountPath: '/m' }), {
    mounts: [{ kind: 'image', image: 'files', ...place, readOnly: true }],
  });
  t.same(mount({ name: 'device', mountPath: '/dev/x' }), {
    devices: [{ source: '/dev/fuse', target: '/dev/x', permissions: 'rwm' }],
  });
  t.same(mount({ name: 'absent', mountPath: '/m' }), {});
  t.throws(() => mount({ name: 'host', mountPath: '/m:a:b' }), /incorrect volume format/);
  t.throws(
    () => mount({ name: 'host', mountPath: '/m:what' }),
    /mountPath: there is no option what/,
  );
});

t.test('annotations', async (t) => {
  const said = (annotations: Record<string, string>, spec = {}) =>
    changes({}, { metadata: { annotations }, spec });
  const name = 'io.podman.annotations';
  t.match(said({ [`${name}.init/c`]: 'true' }), { init: true });
  t.match(said({ [`${name}.autoremove/c`]: 'TRUE' }), { remove: true });
  t.match(said({ [`${name}.ulimit`]: 'nofile=10:20,nproc=5' }), {
    ulimits: [
      { name: 'nofile', soft: 10, hard: 20 },
      { name: 'nproc', soft: 5, hard: 5 },
    ],
  });
  t.match(said({ [`${name}.volumes-from/c`]: 'first:ro;other' }), {
    volumesFrom: [
      { container: 'web-first', readOnly: true },
      { container: 'other', readOnly: false },
    ],
  });
  t.match(said({ 'io.containers.autoupdate': 'local' }).labels, {
    'io.containers.autoupdate': 'local',
  });
  t.throws(
    () => said({ [`${name}.init/c`]: 'maybe' }),
    /metadata\.annotations\["io\.podman\.annotations\.init\/c"\]: "maybe"/,
  );
  t.throws(
    () => said({ [`${name}.volumes-from/c`]: 'c' }),
    /to and from container names cannot be same/,
  );
});

t.test('containers that prepare something', async (t) => {
  const spec = { initContainers: [{ name: 'first', image: 'i' }] };
  t.match(request(podOf({}, { spec }), true), {
    name: 'web-first',
    initCtr: 'once',
    restart: { policy: 'no' },
  });
  const annotations = { 'io.podman.annotations.init.container.type': 'always' };
  t.match(request(podOf({}, { spec, metadata: { annotations } }), true), { initCtr: 'always' });
});

t.test('the pod', async (t) => {
  const choices: PodChoices = {
    network: null,
    noHosts: false,
    noHostname: false,
    ports: [],
    publishAll: false,
    userns: null,
  };
  const holder = (container: object, others = {}, changed: Partial<PodChoices> = {}) => {
    const { pod } = readPod(podOf(container, others));
    return podRequest(pod, new PodAnnotations(pod, {}), { ...choices, ...changed });
  };
  const usual = holder({});
  t.match(usual, {
    name: 'web',
    hostname: null,
    labels: { app: 'x' },
    sharesPid: false,
    restart: { policy: 'always' },
  });
  t.match(usual.options, {
    network: { mode: 'bridge', networks: [{ network: 'podman-default-kube', aliases: ['c'] }] },
    userns: { mode: 'host' },
    ports: [],
  });
  const ports = [
    { containerPort: 80 },
    { containerPort: 90, hostPort: 9000, hostIP: '127.0.0.1', protocol: 'UDP' },
  ];
  const own = { hostIp: '127.0.0.1', hostPort: 9000, containerPort: 90, count: 1, protocol: 'udp' };
  t.same(holder({ ports }).options.ports, [own]);
  t.match(holder({ ports }, {}, { publishAll: true }).options.ports, [{ hostPort: 80 }, own]);
  const published = parsePort('7000:90/udp');
  t.same(holder({ ports }, {}, { ports: [published] }).options.ports, [published]);
  t.match(holder({}, { spec: { hostNetwork: true } }).options, {
    network: { mode: 'host' },
    uts: 'host',
  });
  t.match(holder({}, { spec: { hostPID: true, hostIPC: true, hostUsers: false } }).options, {
    pid: 'host',
    ipc: 'host',
    userns: { mode: 'auto' },
  });
  t.match(holder({}, { spec: { hostUsers: false } }, { userns: 'keep-id' }).options.userns, {
    mode: 'keep-id',
  });
  const dnsConfig = {
    nameservers: ['1.1.1.1'],
    searches: ['a.b'],
    options: [{ name: 'ndots', value: '2' }, { name: 'debug' }],
  };
  const hostAliases = [{ ip: '10.0.0.1', hostnames: ['a', 'b'] }];
  t.match(holder({}, { spec: { dnsConfig, hostAliases } }).options, {
    dns: ['1.1.1.1'],
    dnsSearch: ['a.b'],
    dnsOptions: ['ndots:2', 'debug'],
    addHosts: [
      { host: 'a', address: '10.0.0.1' },
      { host: 'b', address: '10.0.0.1' },
    ],
  });
  t.throws(
    () => holder({}, { spec: { hostAliases } }, { noHosts: true }),
    /will not work with --no-hosts/,
  );
  t.throws(
    () => holder({}, { spec: { dnsConfig: { nameservers: ['x'] } } }),
    /spec\.dnsConfig: "x": an IP address/,
  );
});

t.test('files of ConfigMaps', async (t) => {
  const { pod } = readPod(podOf({}));
  const { field } = pod.spec;
  const keys = { name: 'm', optional: false, mode: 0o644, items: null };
  const data = { a: Buffer.from('1'), b: Buffer.from('2') };
  t.same([...filesOf(keys, data, field).keys()], ['a', 'b']);
  const items = [
    { key: 'b', path: 'sub/c' },
    { key: 'none', path: 'd' },
  ];
  t.same([...filesOf({ ...keys, items }, data, field)], [['sub/c', Buffer.from('2')]]);
  for (const key of ['../x', '..', 'a/b', '']) {
    t.throws(() => filesOf(keys, { [key]: Buffer.from('') }, field), /is no name of a file/);
  }
});
