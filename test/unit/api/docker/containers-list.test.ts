import t from 'tap';
import { openApiBench } from '../../../support/api.ts';
import { playCaller } from '../../../support/fake-engine.ts';

playCaller();

interface Listed {
  Names: string[];
  Image: string;
  State: string;
  Mounts: { Name?: string; Destination: string }[];
  HostConfig: { NetworkMode: string };
}

t.test('containers are listed as docker does', async (t) => {
  const { ask, ok } = openApiBench(t);
  const list = async (query: string): Promise<Listed[]> =>
    (await ask('GET', `/v1.41/containers/json${query}`)).json as Listed[];
  t.same(await list(''), []);
  await ok('create --name one -v data:/data --label a=b web');
  await ok('create --name two --network none web');
  t.same(await list(''), [], 'none of them runs');
  const [two, one, ...more] = await list('?all=true');
  t.same(more, []);
  t.match(one, { Names: ['/one'], Image: 'web', State: 'created' });
  t.match(one?.Mounts[0], { Name: 'data', Destination: '/data' });
  t.equal(one?.HostConfig.NetworkMode, 'bridge');
  t.equal(two?.HostConfig.NetworkMode, 'none');
  const names = async (query: string) => (await list(query)).map(({ Names }) => Names[0]);
  t.same(await names('?limit=1'), ['/two']);
  const filter = (value: unknown): string =>
    `?all=1&filters=${encodeURIComponent(JSON.stringify(value))}`;
  t.same(await names(filter({ label: ['a=b'] })), ['/one']);
  t.same(await names(filter({ name: { one: true } })), ['/one'], 'as clients of old write it');
  t.same(await names(filter({ status: ['running'] })), []);
});

t.test('queries that cannot be read', async (t) => {
  const { ask } = openApiBench(t);
  for (const query of ['filters=x', 'filters=[]', 'filters={"name":3}', 'limit=many']) {
    const { status, json } = await ask('GET', `/containers/json?${query}`);
    t.equal(status, 400, query);
    t.match(json, { message: new RegExp(`invalid parameter ${query.split('=')[0]}=`) }, query);
  }
  const unknown = await ask('GET', '/containers/json?filters={"colour":["red"]}');
  t.equal(unknown.status, 400);
  t.match(unknown.json, { message: /colour/ });
});
