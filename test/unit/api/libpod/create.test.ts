import t from 'tap';
import { findRecord } from '../../../../src/container/records.ts';
import { type ApiReply, openApiBench } from '../../../support/api.ts';
import { playCaller } from '../../../support/fake-engine.ts';

playCaller();

function bench(test: Parameters<typeof openApiBench>[0]) {
  const { ask, engine } = openApiBench(test);
  const create = (body: unknown): Promise<ApiReply> =>
    ask('POST', '/v5.4.2/libpod/containers/create', { body });
  const made = async (body: object) => {
    const reply = await create({ image: 'web', ...body });
    if (reply.status !== 201) throw new Error(reply.body);
    return findRecord(engine.store, (reply.json as { Id: string }).Id);
  };
  return { ask, create, made };
}

t.test('a SpecGenerator becomes the request that flags make', async (t) => {
  const { made } = bench(t);
  const record = await made({
    name: 'one',
    command: ['serve'],
    entrypoint: ['/bin/web'],
    env: { A: 'b' },
    terminal: true,
    stdin: true,
    labels: { role: 'test' },
    stop_signal: 2,
    stop_timeout: 3,
    restart_policy: 'on-failure',
    restart_tries: 4,
    hostname: 'host',
    user: '7:8',
    cap_add: ['CAP_SYS_PTRACE'],
    no_new_privileges: true,
    read_only_filesystem: true,
    mounts: [
      { type: 'bind', source: '/etc', destination: '/host', options: ['ro', 'rbind'] },
      { type: 'tmpfs', destination: '/t', options: ['size=1024', 'rprivate'] },
    ],
    volumes: [{ Name: 'data', Dest: '/data', Options: ['noexec'] }, { Dest: '/anonymous' }],
    portmappings: [{ host_port: 8080, container_port: 80, range: 2, protocol: 'udp' }],
    netns: { nsmode: 'bridge' },
    Networks: { default: { aliases: ['also'] } },
    dns_server: ['192.0.2.1'],
    hostadd: ['other:192.0.2.2'],
    r_limits: [{ type: 'RLIMIT_NOFILE', soft: 10, hard: 20 }],
    resource_limits: { memory: { limit: 100_000_000 }, pids: { limit: 50 } },
    healthconfig: { Test: ['CMD', 'true'], Interval: 2_000_000_000 },
    health_check_on_failure_action: 2,
    containerCreateCommand: ['podman', 'run', 'web'],
  });
  const { options } = record;
  t.match(options, {
    name: 'one',
    env: { A: 'b' },
    tty: true,
    interactive: true,
    stopSignal: 2,
    stopTimeout: 3,
    restart: { policy: 'on-failure', max: 4 },
    hostname: 'host',
    capAdd: ['CAP_SYS_PTRACE'],
    readOnly: true,
    dns: ['192.0.2.1'],
    addHosts: [{ host: 'other', address: '192.0.2.2' }],
    ulimits: [{ name: 'nofile', soft: 10, hard: 20 }],
  });
  t.match(options.security, { noNewPrivileges: true, privileged: false });
  t.match(options.resources, { memory: 100_000_000, pids: 50 });
  t.match(options.health, { test: ['CMD', 'true'], interval: 2000, onFailure: 'kill' });
  t.match(options.ports[0], { hostPort: 8080, containerPort: 80, count: 2, protocol: 'udp' });
  t.match(options.network, { mode: 'bridge', networks: [{ aliases: ['also'] }] });
  t.match(options.mounts, [
    { kind: 'bind', source: '/etc', target: '/host', readOnly: true },
    { kind: 'tmpfs', target: '/t', how: { settings: { size: '1024' } } },
    { kind: 'volume', name: 'data', target: '/data' },
    { kind: 'volume', target: '/anonymous' },
  ]);
  t.same(record.args, ['/bin/web', 'serve']);
  t.same(record.createCommand, ['podman', 'run', 'web']);
});

t.test('options of a network', async (t) => {
  const { ask, create, made } = bench(t);
  const spec = (options: object, more: object = {}) => ({
    netns: { nsmode: 'bridge' },
    Networks: { podman: { options, ...more } },
  });
  const record = await made({
    name: 'a',
    ...spec({ rate: '10mbit', host_interface_name: 'vlan0' }, { interface_name: 'lan0' }),
  });
  const link = { interfaceName: 'lan0', hostInterfaceName: 'vlan0', rate: 10_000_000 };
  t.match(record.options.network, { mode: 'bridge', networks: [{ network: 'podman', ...link }] });
  const refused: [object, number, RegExp][] = [
    [spec({ rate: '1bit' }), 400, /^Networks\["podman"\]\.options\["rate"\]: .*between 8kbit and/],
    [spec({ host_interface_name: '../x' }), 400, /options\["host_interface_name"\]: .*no name of/],
    [
      spec({}, { interface_name: 'a b' }),
      400,
      /^Networks\["podman"\]\.interface_name: .*no name of/,
    ],
    [spec({ other: 'x' }), 501, /options\["other"\]: this option is not supported/],
  ];
  for (const [body, status, cause] of refused) {
    const reply = await create({ image: 'web', ...body });
    t.equal(reply.status, status, reply.body);
    t.match((reply.json as { message: string }).message, cause);
  }
  const network = { name: 'further', dns_enabled: true };
  t.equal((await ask('POST', '/v5.4.2/libpod/networks/create', { body: network })).status, 200);
  const body = { container: 'a', options: { rate: '1mbit' } };
  const connect = await ask('POST', '/v5.4.2/libpod/networks/further/connect', { body });
  t.equal(connect.status, 200, connect.body);
});

t.test('namespaces and user namespaces', async (t) => {
  const { made } = bench(t);
  const one = await made({ pidns: { nsmode: 'host' }, ipcns: { nsmode: 'none' } });
  t.match(one.options, { pid: 'host', ipc: 'none', uts: 'private' });
  const kept = await made({ userns: { nsmode: 'keep-id', value: 'uid=5,gid=6' } });
  t.same(kept.options.userns, { mode: 'keep-id', uid: 5, gid: 6 });
  const mapped = await made({
    userns: { nsmode: 'private' },
    idmappings: { UIDMap: [{ container_id: 0, host_id: 1, size: 10 }] },
  });
  t.match(mapped.options.userns, {
    mode: 'custom',
    gids: [{ containerId: 0, hostId: 1, size: 10 }],
  });
});

t.test('errors name the field', async (t) => {
  const { create } = bench(t);
  const cases: [object, number, RegExp][] = [
    [{}, 400, /^image: an image is needed/],
    [{ image: 'web', env: { A: 3 } }, 400, /^env\["A"\]: text is needed/],
    [{ image: 'web', netns: { nsmode: 'odd' } }, 400, /^netns\.nsmode: "odd" is no mode/],
    [{ image: 'web', mounts: [{ type: 'nfs', destination: '/x' }] }, 400, /^mounts\[0\]\.type/],
    [{ image: 'web', mounts: [{ source: 'x', destination: '/x' }] }, 400, /^mounts\[0\]\.source/],
    [{ image: 'web', portmappings: [{}] }, 400, /^portmappings\[0\]\.container_port/],
    [{ image: 'web', restart_policy: 'often' }, 400, /^restart_policy/],
    [{ image: 'web', restart_policy: 'always', remove: true }, 400, /restart_policy.*remove/],
    [{ image: 'web', storage_opts: { size: '1g' } }, 501, /^storage_opts/],
    [{ image: 'web', oci_runtime: 'kata' }, 501, /^oci_runtime/],
    [{ image: 'web', seccomp_policy: 'image' }, 501, /^seccomp_policy/],
  ];
  for (const [body, status, message] of cases) {
    const reply = await create(body);
    t.equal(reply.status, status, JSON.stringify(body));
    t.match(reply.json, { message, response: status }, JSON.stringify(body));
  }
});

t.test("errors have podman's form, and its reasons", async (t) => {
  const { ask, create } = bench(t);
  const absent = await ask('GET', '/libpod/containers/none/json');
  t.equal(absent.status, 404);
  t.match(absent.json, {
    cause: 'no such container',
    message: /no container with name or ID "none" found: no such container/,
    response: 404,
  });
  t.match((await create({ image: 'nowhere' })).json, { cause: 'image not known', response: 404 });
  const twice = { image: 'web', name: 'twice' };
  t.equal((await create(twice)).status, 201);
  t.match((await create(twice)).json, { cause: /already/, response: 409 });
  t.equal((await ask('GET', '/v1.12/libpod/containers/json')).status, 200, 'as cockpit asks');
});

t.test('listing and inspection have the types of the client', async (t) => {
  const { ask, made } = bench(t);
  const record = await made({ name: 'one', entrypoint: ['/bin/web', '-x'], stop_signal: 2 });
  const list = (await ask('GET', '/v5.0.0/libpod/containers/json?ALL=true')).json;
  t.match(list, [{ Id: record.id, Names: ['one'], State: 'created', Status: '' }]);
  const [{ Created = '' } = {}] = list as { Created?: string }[];
  t.match(Created, /^\d{4}-\d\d-\d\dT/);
  const config = async (version: string) => {
    const { json } = await ask('GET', `/${version}/libpod/containers/one/json`);
    const { Entrypoint, StopSignal } = (json as { Config: Record<string, unknown> }).Config;
    return { Entrypoint, StopSignal };
  };
  t.same(await config('v5.4.2'), { Entrypoint: ['/bin/web', '-x'], StopSignal: 'SIGINT' });
  t.same(await config('v4.3.1'), { Entrypoint: '/bin/web -x', StopSignal: 2 });
  t.equal((await ask('GET', '/libpod/containers/one/exists')).status, 204);
  t.equal((await ask('GET', '/libpod/containers/two/exists')).status, 404);
});

t.test("annotations are shown with podman's own of flags", async (t) => {
  const { ask, made } = bench(t);
  const annotations = async (name: string): Promise<unknown> => {
    const { json } = await ask('GET', `/v5.4.2/libpod/containers/${name}/json`);
    return (json as { HostConfig: { Annotations: unknown } }).HostConfig.Annotations;
  };
  await made({ name: 'plain' });
  t.equal(await annotations('plain'), null);
  await made({
    name: 'noted',
    privileged: true,
    init: true,
    remove: true,
    annotations: { a: 'b' },
  });
  t.same(await annotations('noted'), {
    a: 'b',
    'io.podman.annotations.autoremove': 'TRUE',
    'io.podman.annotations.init': 'TRUE',
    'io.podman.annotations.privileged': 'TRUE',
  });
});
