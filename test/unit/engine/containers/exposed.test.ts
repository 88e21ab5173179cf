import t from 'tap';
import { readContainer } from '../../../../src/container/records.ts';
import { dockerContainer } from '../../../../src/view/docker/container.ts';
import { playCaller } from '../../../support/fake-engine.ts';
import { addImage } from '../../../support/fake-image.ts';
import { openBench } from '../../../support/in-process.ts';

playCaller();

t.test('ports that an image and --expose tell of', async (t) => {
  const { engine, ok } = openBench(t);
  const ports = { '80': {}, '81/tcp': {}, '53/UDP': {}, '99999/tcp': {}, '5/sctp': {} };
  addImage(engine.store, 'localhost/server:1', { Cmd: ['x'], ExposedPorts: ports });
  const make = (name: string, flags: string): Promise<string> =>
    ok(`create --name ${name} --network none ${flags} server:1`);
  const id = await make('told', '--expose 7000-7001/tcp');
  const shown = (name: string): Promise<string> =>
    ok(`ps -a --filter name=${name} --format {{.Ports}}`);

  t.equal(await shown('told'), '80-81/tcp, 7000-7001/tcp, 53/udp');
  t.match(JSON.parse(await ok('ps -a --format json')), [
    { ExposedPorts: { 53: ['udp'], 80: ['tcp'], 81: ['tcp'], 7000: ['tcp'], 7001: ['tcp'] } },
  ]);
  const [inspected] = JSON.parse(await ok('inspect told'));
  const keys = ['53/udp', '7000/tcp', '7001/tcp', '80/tcp', '81/tcp'];
  t.same(Object.keys(inspected.Config.ExposedPorts).sort(), keys);
  t.same(Object.keys(inspected.NetworkSettings.Ports).sort(), keys);
  const reading = readContainer(engine.store, id);
  if (reading.kind !== 'sound') throw new Error('there is no record');
  const record = reading.value;
  const listed = dockerContainer(
    engine,
    { record, state: { status: 'created' }, health: null, stopped: false },
    { now: new Date(), defaultNetwork: 'bridge', size: null },
  );
  t.match(listed['Ports'], [
    { PrivatePort: 80, Type: 'tcp' },
    { PrivatePort: 81, Type: 'tcp' },
    { PrivatePort: 7000, Type: 'tcp' },
    { PrivatePort: 7001, Type: 'tcp' },
    { PrivatePort: 53, Type: 'udp' },
  ]);
});

t.test('published ports are among those that inspection tells of', async (t) => {
  const { engine, ok } = openBench(t);
  addImage(engine.store, 'localhost/server:1', { Cmd: ['x'], ExposedPorts: { '80/tcp': {} } });
  await ok('create --name both --network slirp4netns -p 8080:80 -p 8081:81/udp server:1');
  await ok('create --name plain --network none web');
  t.equal(
    await ok('ps -a --filter name=both --format {{.Ports}}'),
    '0.0.0.0:8080->80/tcp, 0.0.0.0:8081->81/udp',
  );
  const [both] = JSON.parse(await ok('inspect both'));
  t.same(both.Config.ExposedPorts, { '80/tcp': {}, '81/udp': {} });
  t.same(
    both.NetworkSettings.Ports,
    {
      '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }],
      '81/udp': [{ HostIp: '0.0.0.0', HostPort: '8081' }],
    },
    'with the address of all, also while it does not run',
  );
  const [plain] = JSON.parse(await ok('inspect plain'));
  t.notOk('ExposedPorts' in plain.Config, 'none, none said');
  t.equal(await ok('ps -a --filter name=plain --format {{.Ports}}'), '');
  t.equal(JSON.parse(await ok('ps -a --filter name=plain --format json'))[0].ExposedPorts, null);
});
