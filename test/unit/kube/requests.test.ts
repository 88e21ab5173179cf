import t from 'tap';
import { defaultContainerOptions } from '../../../src/request/container.ts';
import { plainBind, plainTmpfs } from '../../../src/request/mounts/types.ts';
import { changes, plain, request, volumes } from './container-of.ts';
import { podOf } from './read-pod.ts';

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
