// Bodies of requests for containers: what becomes of their fields, and which field an error names.
import t from 'tap';
import { findRecord } from '../../../../src/container/records.ts';
import { openApiBench } from '../../../support/api.ts';
import { playCaller } from '../../../support/fake-engine.ts';

playCaller();

const create = '/v1.41/containers/create';

t.test('fields become the same options as flags', async (t) => {
  const { ask, engine, ok } = openApiBench(t);
  await ok(
    'create --name flags --network none --hostname h -e A=b -w /w -u 5:6 --init --read-only -v data:/data:ro -v /etc:/host --tmpfs /t:size=1m --cap-drop CHOWN --stop-timeout 3 --restart on-failure:2 --label k=v --cpus 0.5 --pids-limit 7 --shm-size 1m --dns 1.1.1.1 --add-host a:1.2.3.4 --health-cmd true --health-interval 2s web x y',
  );
  const body = {
    Image: 'web',
    Cmd: ['x', 'y'],
    Hostname: 'h',
    Env: ['A=b'],
    WorkingDir: '/w',
    User: '5:6',
    Labels: { k: 'v' },
    StopTimeout: 3,
    Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 2_000_000_000 },
    HostConfig: {
      Init: true,
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      Binds: ['data:/data:ro', '/etc:/host'],
      Tmpfs: { '/t': 'size=1m' },
      CapDrop: ['CHOWN'],
      RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 },
      NanoCpus: 500_000_000,
      PidsLimit: 7,
      ShmSize: 1024 * 1024,
      Dns: ['1.1.1.1'],
      ExtraHosts: ['a:1.2.3.4'],
    },
  };
  const { status, json } = await ask('POST', `${create}?name=fields`, { body });
  t.equal(status, 201);
  t.match(json, { Id: /^[0-9a-f]{64}$/, Warnings: [] });
  const optionsOf = (name: string) => {
    const { mounts, name: _, log: _log, ...options } = findRecord(engine.store, name).options;
    return { ...options, mounts: mounts.map(({ origin: _origin, ...mount }) => mount) };
  };
  // Docker makes the working directory.
  t.same(optionsOf('fields'), { ...optionsOf('flags'), makeWorkdir: true });
  t.equal(findRecord(engine.store, 'fields').options.mounts[0]?.origin, 'HostConfig.Binds[0]');
});

t.test('errors name their field', async (t) => {
  const { ask } = openApiBench(t);
  const host = (fields: object): object => ({ Image: 'web', HostConfig: fields });
  const cases: [object | string, number, string][] = [
    ['[]', 400, 'no JSON object'],
    ['{', 400, 'no JSON'],
    [`${'['.repeat(100)}${']'.repeat(100)}`, 400, 'nested too deeply'],
    [{}, 400, 'Image: '],
    [{ Image: 7 }, 400, 'Image: text is needed, not number'],
    [{ Image: 'web', Cmd: 7 }, 400, 'Cmd: a list is needed'],
    [{ Image: 'web', Env: ['=x'] }, 400, 'Env[0]: '],
    [{ Image: 'web', Labels: { a: 1 } }, 400, 'Labels["a"]: text is needed'],
    [{ Image: 'web', StopSignal: 'NOPE' }, 400, 'StopSignal: '],
    [{ Image: 'web', WorkingDir: 'x' }, 400, 'WorkingDir: an absolute path'],
    [{ Image: 'web', Healthcheck: { Test: ['CMD'] } }, 400, 'Healthcheck.Test: CMD needs'],
    [{ Image: 'web', Healthcheck: { Interval: 5 } }, 400, 'Healthcheck.Interval: '],
    [host({ Binds: ['a:/b', 'x:y:z:w'] }), 400, 'HostConfig.Binds[1]: '],
    [host({ Binds: ['../a:/b', ':'] }), 400, 'HostConfig.Binds[1]: '],
    [host({ Mounts: [{ Type: 'npipe', Target: '/a' }] }), 400, 'HostConfig.Mounts[0].Type: '],
    [host({ Mounts: [{ Type: 'bind', Target: '/a' }] }), 400, 'HostConfig.Mounts[0].Source: '],
    [host({ Tmpfs: { '/a': 'nope' } }), 400, 'HostConfig.Tmpfs["/a"]: there is no option nope'],
    [host({ Memory: '1g' }), 400, 'HostConfig.Memory: a number is needed'],
    [host({ NanoCpus: 1, CpuQuota: 5 }), 400, 'HostConfig.NanoCpus: '],
    [host({ Memory: 100, MemorySwap: 50 }), 400, 'HostConfig.MemorySwap: '],
    [host({ PortBindings: { 'x/tcp': [] } }), 400, 'HostConfig.PortBindings["x/tcp"]: '],
    [host({ PortBindings: { '80/tcp': [{ HostPort: '99999' }] } }), 400, '[0].HostPort: '],
    [host({ RestartPolicy: { Name: 'maybe' } }), 400, 'HostConfig.RestartPolicy.Name: '],
    [host({ AutoRemove: true, RestartPolicy: { Name: 'always' } }), 400, 'HostConfig.AutoRemove'],
    [host({ Ulimits: [{ Name: 'nofile', Soft: 2, Hard: 1 }] }), 400, 'HostConfig.Ulimits[0]: '],
    [host({ Devices: [{ PathOnHost: 'x' }] }), 400, 'HostConfig.Devices[0].PathOnHost: '],
    [host({ SecurityOpt: ['colour=red'] }), 400, 'HostConfig.SecurityOpt[0]: '],
    [host({ LogConfig: { Type: 'gelf' } }), 400, 'HostConfig.LogConfig.Type: '],
    [host({ StorageOpt: { size: '1G' } }), 501, 'HostConfig.StorageOpt: '],
    [host({ Links: ['a:b'] }), 400, 'HostConfig.Links: no container with name or ID "a"'],
    [host({ Links: ['a:b:c'] }), 400, 'HostConfig.Links[0]: '],
    [host({ PortBindings: { '80/tcp': [{ HostPort: '9-8' }] } }), 400, '[0].HostPort: '],
    [host({ DeviceRequests: [{ Count: -1 }] }), 501, 'HostConfig.DeviceRequests: '],
    [host({ Runtime: 'kata' }), 501, 'HostConfig.Runtime: '],
    [host({ Isolation: 'hyperv' }), 501, 'HostConfig.Isolation: '],
    [{ Image: 'nosuch' }, 404, 'No such image: nosuch:latest'],
  ];
  for (const [body, expected, words] of cases) {
    const { status, json } = await ask('POST', create, { body });
    const { message } = json as { message: string };
    t.equal(status, expected, `${JSON.stringify(body)}: ${message}`);
    t.ok(message.includes(words), `${message} has ${words}`);
  }
});

t.test('inspection shows what was asked for', async (t) => {
  const { ask } = openApiBench(t);
  const body = {
    Image: 'web',
    MacAddress: '02:42:ac:11:00:0a',
    HostConfig: {
      LogConfig: { Type: 'json-file', Config: { 'max-file': '7' } },
      CgroupnsMode: 'private',
      PortBindings: { '80/tcp': [{ HostPort: '8000-8010' }] },
    },
    NetworkingConfig: {
      EndpointsConfig: { bridge: { Aliases: ['a'], IPAMConfig: { IPv4Address: '10.88.0.7' } } },
    },
  };
  t.equal((await ask('POST', `${create}?name=asked`, { body })).status, 201);
  t.match((await ask('GET', '/containers/asked/json')).json, {
    Config: { Image: 'web', MacAddress: '02:42:ac:11:00:0a' },
    HostConfig: {
      LogConfig: { Type: 'json-file', Config: { 'max-file': '7' } },
      CgroupnsMode: 'private',
      VolumesFrom: null,
      PortBindings: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8000-8010' }] },
    },
    NetworkSettings: {
      Networks: { bridge: { Aliases: ['a'], IPAMConfig: { IPv4Address: '10.88.0.7' } } },
    },
  });
});

t.test('fields that nobody knows are passed by, and case does not count', async (t) => {
  const { ask, engine } = openApiBench(t);
  const body = { image: 'web', Colour: 'red', hostconfig: { Shape: {}, AUTOREMOVE: true } };
  t.equal((await ask('POST', `${create}?name=a`, { body })).status, 201);
  t.equal(findRecord(engine.store, 'a').options.remove, true);
  const twice = await ask('POST', `${create}?name=a`, { body });
  t.equal(twice.status, 409);
});

t.test('sockets that a service manager has handed over are no ports for clients', async (t) => {
  const { ask } = openApiBench(t);
  const refused = async (body: object) =>
    (await ask('POST', '/containers/create', { body: { Image: 'web', ...body } })).status;
  const binding = [{ HostIp: '', HostPort: 'fd:bryo' }];
  t.equal(await refused({ HostConfig: { PortBindings: { 'fd:bryo:80': [] } } }), 400);
  t.equal(await refused({ HostConfig: { PortBindings: { '80/tcp': binding } } }), 400);
  t.equal(await refused({ ExposedPorts: { 'fd:bryo:80': {} } }), 400);
});
