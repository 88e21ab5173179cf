// Images, networks, volumes, and what only others have, as docker's clients ask for them.
import t from 'tap';
import { findRecord } from '../../../../src/container/records.ts';
import { openApiBench } from '../../../support/api.ts';
import { playCaller } from '../../../support/fake-engine.ts';

playCaller();

t.test('images are listed, shown, named and removed', async (t) => {
  const { ask } = openApiBench(t);
  const list = async () =>
    (await ask('GET', '/images/json')).json as { Id: string; RepoTags: string[] }[];
  const [web] = await list();
  t.match(web, { Id: /^sha256:[0-9a-f]{64}$/, RepoTags: ['web:latest'] });
  const shown = await ask('GET', '/images/web/json');
  t.match(shown.json, { Id: web?.Id, RepoTags: ['web:latest'], Os: 'linux' });
  t.equal((await ask('GET', '/images/web/history')).status, 200);
  t.equal((await ask('POST', '/images/web/tag?repo=quay.io/me/app&tag=1')).status, 201);
  t.equal((await ask('POST', '/images/web/tag?repo=app')).status, 201);
  t.same((await list())[0]?.RepoTags.toSorted(), ['app:latest', 'quay.io/me/app:1', 'web:latest']);
  t.equal((await ask('GET', '/images/quay.io/me/app:1/json')).status, 200);
  t.same((await ask('DELETE', '/images/quay.io/me/app:1')).json, [
    { Untagged: 'quay.io/me/app:1' },
  ]);
  const absent = await ask('GET', '/images/nosuch/json');
  t.same([absent.status, absent.json], [404, { message: 'No such image: nosuch:latest' }]);
  t.equal((await ask('POST', '/images/web/tag')).status, 400);
  t.equal((await ask('POST', '/images/create')).status, 400);
  t.equal((await ask('POST', '/images/create?fromSrc=/etc/passwd')).status, 400);
});

t.test('networks', async (t) => {
  const { ask } = openApiBench(t);
  const names = async (query = '') => {
    const list = (await ask('GET', `/networks${query}`)).json as { Name: string }[];
    return list.map(({ Name }) => Name).sort();
  };
  t.same(await names(), ['bridge', 'host', 'none']);
  t.same(await names('?filters={"name":["none"]}'), ['none']);
  const body = {
    Name: 'n1',
    Labels: { a: 'b' },
    IPAM: { Config: [{ Subnet: '10.99.1.0/24', Gateway: '10.99.1.9' }] },
  };
  const made = await ask('POST', '/networks/create', { body });
  t.equal(made.status, 201);
  const { Id } = made.json as { Id: string };
  t.match((await ask('GET', '/networks/n1')).json, { Id, Name: 'n1', Labels: { a: 'b' } });
  t.match((await ask('GET', '/networks/bridge')).json, { Name: 'bridge', Driver: 'bridge' });
  // docker-compose makes a network anew that has options it did not ask for.
  const optionsOf = async (name: string) =>
    ((await ask('GET', `/networks/${name}`)).json as { Options: Record<string, string> }).Options;
  t.same(await optionsOf('n1'), {});
  const bridgeName = 'com.docker.network.bridge.name';
  t.same(await optionsOf('bridge'), { [bridgeName]: 'podman0' });
  const named = { Name: 'n2', Options: { [bridgeName]: 'br9' } };
  t.equal((await ask('POST', '/networks/create', { body: named })).status, 201);
  t.same(await optionsOf('n2'), { [bridgeName]: 'br9' });
  t.equal((await ask('DELETE', '/networks/n2')).status, 204);
  t.equal((await ask('POST', '/networks/create', { body })).status, 409);
  t.same(await names('?filters={"type":["custom"]}'), ['n1']);
  for (const name of ['host', 'none', 'bridge']) {
    t.equal((await ask('DELETE', `/networks/${name}`)).status, 403, name);
    t.equal((await ask('POST', '/networks/create', { body: { Name: name } })).status, 403, name);
  }
  t.equal((await ask('DELETE', `/networks/${Id}`)).status, 204);
  t.equal((await ask('GET', '/networks/n1')).status, 404);
  const bad = { Name: 'x', IPAM: { Config: [{ Subnet: 'nope' }] } };
  const refused = await ask('POST', '/networks/create', { body: bad });
  t.equal(refused.status, 400);
  t.match(refused.json, { message: /^IPAM\.Config\[0\]\.Subnet: / });
});

t.test('networks that only Docker has are refused', async (t) => {
  const { ask } = openApiBench(t);
  const option = (name: string, value: string) => ({
    Options: { [`com.docker.network.${name}`]: value },
  });
  const create = (rest: object) =>
    ask('POST', '/networks/create', { body: { Name: 'n', ...rest } });
  const refused: [object, RegExp][] = [
    [
      option('bridge.host_binding_ipv4', '127.0.0.1'),
      /host_binding_ipv4"\]: "127\.0\.0\.1" is not supported, only 0\.0\.0\.0 is/,
    ],
    [option('bridge.enable_icc', 'false'), /"false" is not supported, only true is/],
    [option('bridge.enable_ip_masquerade', 'false'), /"false" is not supported, only true is/],
    [option('bridge.gateway_mode_ipv4', 'nat'), /this option of a bridge is not supported/],
    [{ EnableIPv4: false }, /^EnableIPv4: /],
  ];
  for (const [rest, message] of refused) {
    const reply = await create(rest);
    t.equal(reply.status, 501, reply.body);
    t.match(reply.json, { message });
  }
  const usual = option('bridge.enable_ip_masquerade', 'true');
  t.equal((await create({ ...usual, EnableIPv4: true })).status, 201);
});

t.test('options of an endpoint', async (t) => {
  const { ask, ok, engine } = openApiBench(t);
  await ok('network create n');
  const endpoint = (DriverOpts: object, more: object = {}) => ({
    NetworkingConfig: { EndpointsConfig: { n: { DriverOpts, ...more } } },
  });
  const create = (rest: object, name: string) =>
    ask('POST', `/containers/create?name=${name}`, {
      body: { Image: 'web', HostConfig: { NetworkMode: 'n' }, ...rest },
    });
  const networks = (name: string) => {
    const { network } = findRecord(engine.store, name).options;
    return network.mode === 'bridge' ? network.networks : [];
  };
  const ifname = 'com.docker.network.endpoint.ifname';
  const options = { [ifname]: 'lan0', host_interface_name: 'vlan0', rate: '10mbit' };
  t.equal((await create(endpoint(options), 'a')).status, 201);
  const link = { interfaceName: 'lan0', hostInterfaceName: 'vlan0', rate: 10_000_000 };
  t.match(networks('a'), [{ network: 'n', ...link }]);
  const refused: [object, number, RegExp][] = [
    [
      endpoint({ [ifname]: '../x' }),
      400,
      /DriverOpts\["com\..*ifname"\]: .*no name of an interface/,
    ],
    [endpoint({ rate: 'fast' }), 400, /DriverOpts\["rate"\]: rate "fast": such as 10mbit/],
    [endpoint({ other: 'x' }), 501, /DriverOpts\["other"\]: this option is not supported/],
    [endpoint({}, { GwPriority: 1 }), 501, /GwPriority: .*metric/],
  ];
  for (const [rest, status, message] of refused) {
    const reply = await create(rest, 'b');
    t.equal(reply.status, status, reply.body);
    t.match(reply.json, { message });
  }
  await ok('network create further');
  const body = { Container: 'a', EndpointConfig: { DriverOpts: { rate: '1mbit' } } };
  t.equal((await ask('POST', '/networks/further/connect', { body })).status, 200);
  t.match(networks('a')[1], { network: 'further', rate: 1_000_000 });
});

t.test('volumes', async (t) => {
  const { ask, ok } = openApiBench(t);
  const body = { Name: 'data', Labels: { a: 'b' } };
  const made = await ask('POST', '/volumes/create', { body });
  t.equal(made.status, 201);
  t.match(made.json, { Name: 'data', Driver: 'local', Labels: { a: 'b' }, Scope: 'local' });
  t.equal((await ask('POST', '/volumes/create', { body })).status, 201, 'one that is there');
  t.match((await ask('GET', '/volumes/data')).json, { Name: 'data' });
  t.match((await ask('GET', '/volumes')).json, { Volumes: [{ Name: 'data' }] });
  t.same((await ask('GET', '/volumes/dat')).json, { message: 'get dat: no such volume' });
  await ok('create --name one -v data:/data web');
  t.equal((await ask('DELETE', '/volumes/data')).status, 409);
  await ok('rm one');
  t.match((await ask('POST', '/volumes/prune')).json, { VolumesDeleted: [] }, 'it has a name');
  t.equal((await ask('DELETE', '/volumes/data')).status, 204);
  t.equal((await ask('DELETE', '/volumes/data')).status, 404);
  t.equal((await ask('DELETE', '/volumes/data?force=1')).status, 204);
  const driver = await ask('POST', '/volumes/create', { body: { Driver: 'nfs' } });
  t.equal(driver.status, 404);
});

t.test('secrets are those of this machine', async (t) => {
  const { ask } = openApiBench(t);
  t.same((await ask('GET', '/secrets')).json, []);
  const body = { Name: 'word', Data: 'c2VjcmV0', Labels: { for: 'a' } };
  const made = await ask('POST', '/secrets/create', { body });
  t.equal(made.status, 201);
  const { ID } = made.json as { ID: string };
  t.equal((await ask('POST', '/secrets/create', { body })).status, 409);
  const secret = { ID, Version: { Index: 1 }, Spec: { Name: 'word', Labels: { for: 'a' } } };
  const shown = await ask('GET', '/secrets/word');
  t.match(shown.json, secret);
  t.notMatch(JSON.stringify(shown.json), /c2VjcmV0|"secret"/, 'the value stays where it is');
  t.match((await ask('GET', `/secrets/${ID}`)).json, secret);
  const named = (name: string) =>
    ask('GET', `/secrets?filters=${encodeURIComponent(JSON.stringify({ name: [name] }))}`);
  t.match((await named('word')).json, [secret]);
  t.same((await named('other')).json, []);
  const bad = [
    { Data: 'YQ==' },
    { Name: 'a', Data: 'a!' },
    { Name: 'a', Data: 'YQ' },
    { Name: 'a/b', Data: 'YQ==' },
  ];
  for (const wrong of bad) {
    t.equal(
      (await ask('POST', '/secrets/create', { body: wrong })).status,
      400,
      JSON.stringify(wrong),
    );
  }
  const templates = { Name: 'a', Data: 'YQ==', Templating: { Name: 'golang' } };
  t.equal((await ask('POST', '/secrets/create', { body: templates })).status, 501);
  t.equal((await ask('POST', '/secrets/word/update', { body })).status, 501);
  t.equal((await ask('DELETE', '/secrets/word')).status, 204);
  t.equal((await ask('DELETE', '/secrets/word')).status, 404);
  t.equal((await ask('GET', '/secrets/word')).status, 404);
});

t.test("each API's clients see the version of its own server", async (t) => {
  const { ask } = openApiBench(t);
  t.match((await ask('GET', '/version')).json, { ApiVersion: '1.48' });
  t.match((await ask('GET', '/libpod/version')).json, { Version: '5.4.2' });
  t.notMatch((await ask('GET', '/version')).json, { Version: '5.4.2' });
});

t.test('what this machine does not have is refused as docker does', async (t) => {
  const { ask } = openApiBench(t);
  for (const path of ['/swarm', '/nodes', '/services', '/tasks', '/configs', '/configs/a']) {
    t.equal((await ask('GET', path)).status, 503, path);
  }
  t.same((await ask('GET', '/plugins')).json, []);
  t.equal((await ask('POST', '/session')).status, 404);
  t.equal((await ask('POST', '/grpc')).status, 404);
  t.equal((await ask('POST', '/build?version=2')).status, 501);
});

t.test('commands are prepared only where something runs', async (t) => {
  const { ask, ok } = openApiBench(t);
  await ok('create --name one web');
  const body = { Cmd: ['true'] };
  t.equal((await ask('POST', '/containers/one/exec', { body })).status, 409);
  t.equal((await ask('POST', '/containers/one/exec', { body: {} })).status, 400);
  t.equal((await ask('POST', '/containers/two/exec', { body })).status, 404);
  t.equal((await ask('GET', '/exec/abc/json')).status, 404);
  t.equal((await ask('GET', '/exec/..%2Fa/json')).status, 404);
});
