import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { ConfigValue } from '../../../../src/config/keys/key.ts';
import { networkDirectory } from '../../../../src/engine/networks/directory.ts';
import { listNetworks } from '../../../../src/network/config/networks.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

t.test('networks come and go', async (t) => {
  const { engine, ok, run } = openBench(t);
  t.equal(await ok('network ls -q'), 'podman');
  t.equal(await ok('network create --subnet 10.71.0.0/24 --label color=red back'), 'back');
  t.equal(await ok('network create --ignore back'), 'back');
  t.match(await run('network create back'), {
    status: 125,
    err: 'Error: network name back already used: network already exists',
  });
  t.equal(await ok('network create --internal --subnet 10.72.0.0/24 front'), 'front');
  t.equal(await ok('network ls -q'), 'back\nfront\npodman');
  const file = readFileSync(join(engine.networkConfigDir, 'back.json'), 'utf8');
  const { id, network_interface: bridge } = JSON.parse(file);
  t.match(bridge, /^podman\d+$/);

  const cases: Record<string, string> = {
    'name=^b': 'back',
    [`id=${id.slice(0, 9)}`]: 'back',
    'label=color': 'back',
    'label=color=blue': '',
    'label!=color': 'front\npodman',
    'driver=macvlan': '',
    'dangling=true': 'back\nfront',
    'dangling=false': 'podman',
    'until=1h': '',
    'type=builtin': 'podman',
  };
  for (const [filter, names] of Object.entries(cases)) {
    t.equal(await ok(`network ls -q --filter ${filter}`), names, filter);
  }
  t.match(await run('network ls --filter x=y'), { status: 125, err: 'Error: invalid filter "x"' });

  t.equal((await run('network exists front')).status, 0);
  t.equal((await run(`network exists ${id.slice(0, 6)}`)).status, 0);
  t.equal((await run('network exists none-such')).status, 1);
  t.equal(await ok(`network inspect -f {{.Name}} ${id.slice(0, 12)}`), 'back');
  t.equal(
    await ok(`network inspect -f '{{range .Subnets}}{{.Subnet}} {{.Gateway}}{{end}}' back`),
    '10.71.0.0/24 10.71.0.1',
  );
  t.equal(await ok('network inspect -f "{{json .Containers}}" back'), '{}');
  t.match(await run('network inspect back none-such'), {
    status: 125,
    err: 'Error: network none-such: unable to find network with name or ID none-such: network not found',
  });
  t.equal(await ok('inspect -f {{.Name}} back'), 'back');
  t.equal(await ok('inspect --type network -f {{.Driver}} back'), 'bridge');
  t.match(await run('inspect --type network none-such'), {
    status: 125,
    err: 'Error: network none-such: unable to find network with name or ID none-such: network not found',
  });
  t.equal(await ok('network update --dns-add 9.9.9.9,8.8.8.8 back'), 'back');
  await ok('network update --dns-drop 9.9.9.9 back');
  t.equal(await ok('network inspect -f {{.NetworkDNSServers}} back'), '[8.8.8.8]');
  const egress = (): Promise<string> =>
    ok('network inspect -f \'{{index .Options "bryo.egress"}}\' back');
  await ok('network update --egress example.com:443,10.9.0.0/16 back');
  t.equal(await egress(), 'example.com:443,10.9.0.0/16');
  t.equal(await ok('network inspect -f {{.NetworkDNSServers}} back'), '[8.8.8.8]');
  await ok('network update --egress none back');
  t.equal(await ok("network inspect -f '{{json .Options}}' back"), '{"bryo.egress":""}');
  await ok('network update --egress= back');
  t.equal(await ok("network inspect -f '{{json .Options}}' back"), '{}');
  t.match(await run('network update --egress http://x back'), { err: /invalid --egress/ });
  t.match(await run('network update --dns-add x back'), {
    err: 'Error: unable to parse ip x specified in AddDNSServer: invalid argument',
  });

  t.match(await run('network rm none-such podman front'), {
    status: 1,
    out: 'front',
    err: /unable to find network .* none-such: network not found\nError: default network podman cannot be removed/,
  });
  t.equal(await ok('network rm -f none-such'), '');
  t.equal(await ok('network prune -f'), 'back');
  t.equal(await ok('network ls -q'), 'podman');
  const events = await ok(
    'events --stream=false --filter type=network --format "{{.Status}} {{.Network}}"',
  );
  t.equal(events, 'create back\ncreate front\nremove front\nremove back');
});

t.test('containers on networks', async (t) => {
  const { ok, run } = openBench(t);
  await ok('network create --subnet 10.71.0.0/24 back');
  await ok('network create --subnet 10.72.0.0/24 front');
  const id = await ok(
    'create --name web --network front:alias=www --network back:ip=10.71.0.9 web',
  );
  t.equal(await ok('ps -a --format {{.Networks}}'), 'back,front');
  t.equal(await ok('ps -aq --no-trunc --filter network=back'), id);
  t.equal(await ok('ps -aq --filter network=podman'), '');
  const backId = await ok('network inspect -f {{.ID}} back');
  t.equal(await ok(`ps -aq --no-trunc --filter network=${backId.slice(0, 12)}`), id);
  t.equal(await ok('inspect -f {{.HostConfig.NetworkMode}} web'), 'bridge');
  const { Networks } = JSON.parse(await ok('inspect -f "{{json .NetworkSettings}}" web'));
  t.match(Networks, {
    back: { NetworkID: backId, Aliases: [id.slice(0, 12)], IPAddress: '' },
    front: { Aliases: ['www', id.slice(0, 12)] },
  });

  t.match(await run('network rm back'), {
    status: 2,
    err: /^Error: "back" has associated containers with it\. Use -f to forcibly delete containers and pods: network is being used/,
  });
  t.equal(await ok('network prune -f'), '');
  const refused: Record<string, string> = {
    '--network nope web': 'unable to find network with name or ID nope: network not found',
    '--network back:ip=10.99.0.1 web':
      'requested static ip 10.99.0.1 not in any subnet on network back',
    [`--network back --network ${backId} web`]: 'network back is given more than once',
    '--network back:interface_name=x0 --network front:interface_name=x0 web':
      'interface_name x0 is given more than once',
    '--ip 10.88.0.9 web':
      'invalid config provided: networks and static ip/mac address can only be used with Bridge mode networking',
    '--network none --mac-address 02:00:00:00:00:01 web':
      '--mac-address can only be set when the network mode is bridge: invalid argument',
  };
  for (const [words, message] of Object.entries(refused)) {
    const { status, err } = await run(`create ${words}`);
    t.equal(status, message.includes('not in any subnet') ? 126 : 125, words);
    t.ok(err.startsWith(`Error: ${message}`), err);
  }
  t.equal(await ok('ps -aq --no-trunc'), id);

  await ok('network disconnect back web');
  t.equal(await ok('ps -a --format {{.Networks}}'), 'front');
  t.match(await run('network disconnect back web'), {
    status: 125,
    err: 'Error: container web is not connected to network back',
  });
  await ok('network connect --alias sql --ip 10.71.0.7 back web');
  t.equal(await ok('ps -a --format {{.Networks}}'), 'back,front');
  await ok('network connect back web');
  t.match(await run('network connect --ip 10.1.0.1 podman web'), {
    err: 'Error: requested static ip 10.1.0.1 not in any subnet on network podman',
  });
  await ok('create --name hosted --network host web');
  t.match(await run('network connect back hosted'), {
    err: 'Error: "host" is not supported: invalid network mode',
  });
  t.equal(await ok('network rm -f back'), 'back');
  t.equal(await ok('ps -a --format {{.Names}}'), 'hosted', 'containers go with it');
});

t.test('the directory is shared with whoever writes what', async (t) => {
  const { engine, ok, run } = openBench(t);
  mkdirSync(engine.networkConfigDir, { recursive: true });
  writeFileSync(join(engine.networkConfigDir, 'broken.json'), '{');
  t.equal(await ok('network ls -q'), 'podman');
  t.match(await run('network inspect broken'), { status: 125, err: /it is no JSON/ });
  t.match(await run('network create broken'), { status: 125, err: /network already exists/ });
  t.equal(readFileSync(join(engine.networkConfigDir, 'broken.json'), 'utf8'), '{');
  t.match(await run('network inspect ../../etc/passwd'), { status: 125, err: /network not found/ });
});

t.test('a thousand networks', async (t) => {
  const { engine, ok } = openBench(t);
  mkdirSync(engine.networkConfigDir, { recursive: true });
  for (let number = 0; number < 1000; number += 1) {
    const name = `n${String(number).padStart(4, '0')}`;
    const base = `10.${100 + Math.floor(number / 256)}.${number % 256}`;
    const network = {
      name,
      id: number.toString(16).padStart(64, '0'),
      driver: 'bridge',
      network_interface: `podman${number + 1}`,
      created: '2026-01-01T00:00:00Z',
      subnets: [{ subnet: `${base}.0/24`, gateway: `${base}.1` }],
      ipv6_enabled: false,
      internal: false,
      dns_enabled: true,
      ipam_options: { driver: 'host-local' },
    };
    writeFileSync(join(engine.networkConfigDir, `${name}.json`), JSON.stringify(network));
  }
  t.equal(listNetworks(networkDirectory(engine)).networks.length, 1001);
  t.equal(await ok('network create'), 'podman1001');
  t.equal(await ok('network inspect -f {{.NetworkInterface}} n0999'), 'podman1000');
  t.equal((await ok('network prune -f')).split('\n').length, 1001);
});

t.test('names that networks, pods and prune have of each other', async (t) => {
  const { ok, run } = openBench(t);
  await ok('network create --subnet 10.71.0.0/24 back');
  await ok('network create --subnet 10.72.0.0/24 idle');
  await ok('pod create --name app --network back --network-alias front --ip 10.71.0.8');
  t.equal(await ok('pod ps --format {{.Networks}}'), 'back');
  t.equal(await ok('pod ps --filter network=back --format {{.Name}}'), 'app');
  const { InfraConfig } = JSON.parse(await ok('pod inspect app'));
  t.match(InfraConfig, { Networks: ['back'], StaticIP: '10.71.0.8' });
  t.match(await run('create --pod app --network back web'), {
    status: 125,
    err: /networks must be defined when the pod is created: network cannot be configured when it is shared with a pod/,
  });
  t.match(await run('pod create --infra=false --network back'), { status: 125 });
  t.match(await run('network rm back'), { status: 2 });
  t.equal(await ok('network prune -f'), 'idle');
  t.equal(await ok('network ls -q'), 'back\npodman');
  t.equal(await ok('network rm -f back'), 'back');
  t.equal(await ok('pod ps -q'), '', 'the pod goes with its holder');
});

t.test('settings of containers.conf', async (t) => {
  const { engine, ok, run } = openBench(t);
  const values: [string, ConfigValue][] = [
    ['network.default_network', 'house'],
    ['network.default_subnet', '10.70.0.0/16'],
    [
      'network.default_subnet_pools',
      { 'network.default_subnet_pools': [{ base: '10.60.0.0/16', size: 26 }] },
    ],
  ];
  Object.assign(engine, { config: { ...engine.config, values: new Map(values) } });
  t.equal(await ok('network ls --format "{{.Name}} {{.NetworkInterface}}"'), 'house podman0');
  t.equal(
    await ok('network inspect -f "{{range .Subnets}}{{.Subnet}}{{end}}" house'),
    '10.70.0.0/16',
  );
  await ok('network create back');
  t.equal(
    await ok('network inspect -f "{{range .Subnets}}{{.Subnet}}{{end}}" back'),
    '10.60.0.0/26',
  );
  const pools = { 'network.default_subnet_pools': [{ base: '10.60.0.0/16', size: 8 }] };
  values[2] = ['network.default_subnet_pools', pools];
  Object.assign(engine, { config: { ...engine.config, values: new Map(values) } });
  t.match(await run('network create front'), {
    err: /network.default_subnet_pools: invalid size 8: 16 to 30 is needed/,
  });
});
