import t from 'tap';
import { openApiBench } from '../../../support/api.ts';
import { playCaller } from '../../../support/fake-engine.ts';

playCaller();

type Units = Readonly<Record<string, string>>;

function bench(test: Parameters<typeof openApiBench>[0]) {
  const { ask, ok, engine } = openApiBench(test);
  const look = (name: string, query = '') =>
    ask('GET', `/v5.4.2/libpod/generate/${name}/systemd${query}`);
  const units = async (name: string, query = ''): Promise<Units> => {
    const reply = await look(name, query);
    if (reply.status !== 200) throw new Error(reply.body);
    return reply.json as Units;
  };
  return { ask, ok, engine, look, units };
}

t.test('the service of a container, by its id and by its name', async (t) => {
  const { ok, units } = bench(t);
  const id = (await ok('create --name one --stop-timeout 7 web serve')).trim();
  const byId = await units('one');
  t.strictSame(Object.keys(byId), [`container-${id}`]);
  t.match(byId[`container-${id}`], /^# container-[0-9a-f]+\.service\n# Made by bryo /);
  const { 'container-one': text = '', ...others } = await units('one', '?useName=true&noHeader=1');
  t.strictSame(others, {});
  t.match(text, /^\[Unit\]\nDescription=bryo container-one\.service\n/);
  t.match(text, /^ExecStart=\S+ --root=\/the\/root start --cgroups=split --sdnotify=conmon one$/m);
  t.match(text, /^ExecStop=\S+ --root=\/the\/root stop --ignore --time 7 one$/m);
});

t.test('all that podman lets be asked for', async (t) => {
  const { ok, units } = bench(t);
  await ok('create --name one web serve');
  const query = [
    'useName=true&containerPrefix=ctr&separator=_',
    'restartPolicy=on-watchdog&restartSec=5&startTimeout=11&stopTimeout=12',
    'wants=a.service&wants=b.service&after=c.service&requires=d.service',
    'additionalEnvVariables=A%3Db+c&additionalEnvVariables=P%3D50%25',
  ].join('&');
  const { ctr_one: text = '' } = await units('one', `?${query}`);
  t.match(text, /^Wants=a\.service\nWants=b\.service\nRequires=d\.service\nAfter=c\.service$/m);
  t.match(text, /^Environment="A=b c"\nEnvironment=P=50%%$/m);
  t.match(text, /^Restart=on-watchdog\nRestartSec=5$/m);
  t.match(text, /^TimeoutStartSec=11$/m);
  t.match(text, / stop --ignore --time 12 one$/m);
  const bare = await units(
    'one',
    '?useName=true&containerPrefix=&time=3&startTimeout=0&restartSec=0',
  );
  t.match(bare['one'], / stop --ignore --time 3 one$/m);
  t.notMatch(bare['one'], /TimeoutStartSec|RestartSec/);
});

t.test(
  'a container is made anew by the words that a client of podman has made it with',
  async (t) => {
    const { ask, units, look } = bench(t);
    const before = ['podman', '--remote', '--url', 'unix:///run/x.sock', '--log-level=info'];
    const words = [...before, 'run', '-d', '--env', 'A=$b', '--name', 'one', 'web', 'serve', '-d'];
    const body = { image: 'web', name: 'one', containerCreateCommand: words };
    await ask('POST', '/v5.4.2/libpod/containers/create', { body });
    const { 'container-one': text = '' } = await units('one', '?useName=true&new=true');
    t.match(
      text,
      /^ExecStart=\S+ --root=\/the\/root --log-level=info run --detach --name one --replace --rm --cgroups=split --sdnotify=conmon --env=A=\$\$b web serve -d$/m,
    );
    t.match(
      text,
      /^ExecStopPost=-\S+ --root=\/the\/root --log-level=info rm --force --ignore --volumes one$/m,
    );
    const elsewhere = {
      ...body,
      name: 'other',
      containerCreateCommand: ['bryo', '--root=/x', 'run'],
    };
    await ask('POST', '/v5.4.2/libpod/containers/create', { body: elsewhere });
    const { 'container-other': own } = await units('other', '?useName=true');
    t.match(own, /^ExecStart=\S+ --root=\/x start/m);
    const template = await units('one', '?useName=true&templateUnitFile=true');
    t.match(template['container-one'], /--name one-%i --replace/);
    await ask('POST', '/v5.4.2/libpod/containers/create', { body: { image: 'web', name: 'two' } });
    const refused = await look('two', '?new=true');
    t.equal(refused.status, 409);
    t.match(refused.json, { message: /container two was not made by run or create/ });
  },
);

t.test('the services of a pod and of its containers', async (t) => {
  const { ok, units, look } = bench(t);
  await ok('pod create --name group');
  await ok('create --pod group --name one web serve');
  const made = await units('group', '?useName=true&new=true&podPrefix=p');
  t.strictSame(Object.keys(made).sort(), ['container-one', 'p-group']);
  t.match(made['p-group'], /^Wants=container-one\.service\nBefore=container-one\.service$/m);
  t.match(
    made['p-group'],
    /^ExecStartPre=\S+ --root=\/the\/root pod create --replace --exit-policy=stop --name group$/m,
  );
  t.match(made['container-one'], /^BindsTo=p-group\.service\nAfter=p-group\.service$/m);
  t.equal((await look('group', '?templateUnitFile=true')).status, 400);
});

t.test('what cannot be done is said', async (t) => {
  const { ok, look } = bench(t);
  await ok('create --name one web serve');
  const missing = await look('nobody');
  t.equal(missing.status, 404);
  t.match(missing.json, { message: /nobody does not refer to a container or pod/ });
  const policy = await look('one', '?restartPolicy=never');
  t.equal(policy.status, 400);
  t.match(policy.json, { message: /restartPolicy "never": one of no, on-success/ });
  t.equal((await look('one', '?stopTimeout=-1')).status, 400);
});
