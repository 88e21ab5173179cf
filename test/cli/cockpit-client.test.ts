/** The requests of cockpit-podman, as its page sends them: an old version, HTTP/1.0, a stream that it calls a WebSocket. */
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { Service } from '../support/service.ts';

const sandbox = new Sandbox();
const service = new Service(sandbox);
t.before(() => service.ready());
t.teardown(async () => {
  await service.stop();
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

const api = '/v1.12/libpod';

t.test('it lists containers and hears of what happens to them', async (t) => {
  t.equal((await service.ask('GET', `${api}/info`)).status, 200);
  const events = service.connect();
  events.send(`GET ${api}/events HTTP/1.0\r\n\r\n`);
  await events.shows('\r\n\r\n');
  const spec = { name: 'page', image: 'hello', command: ['sh'], terminal: true, stdin: true };
  const body = { ...spec, netns: { nsmode: 'none' } };
  const created = await service.ask('POST', `${api}/containers/create`, body);
  t.equal(created.status, 201);
  const { Id: id } = JSON.parse(created.body) as { Id: string };
  await events.shows('"Action":"create"');
  t.equal((await service.ask('POST', `${api}/containers/${id}/start`)).status, 204);
  await events.shows('"Action":"start"');
  events.close();
  const listed = await service.ask('GET', `${api}/containers/json?all=true`);
  t.match(JSON.parse(listed.body), [{ Id: id, Names: ['page'], State: 'running' }]);
});

t.test('its console starts and is given its size at once', async (t) => {
  const command = { AttachStdin: true, AttachStdout: true, AttachStderr: true, Tty: true };
  const made = await service.ask('POST', `${api}/containers/page/exec`, {
    ...command,
    Cmd: ['/bin/sh'],
  });
  const { Id: id } = JSON.parse(made.body) as { Id: string };
  // The size may come before the start, which then takes it.
  const sized = service.ask('POST', `${api}/exec/${id}/resize?h=33&w=99`);
  const client = service.connect();
  const start = '{"Detach":false,"Tty":false}';
  const upgrade = 'Upgrade: WebSocket\r\nConnection: Upgrade\r\n';
  client.send(
    `POST ${api}/exec/${id}/start HTTP/1.0\r\n${upgrade}Content-Length: ${start.length}\r\n\r\n${start}`,
  );
  await client.shows('/ # ');
  t.match(client.received, /^HTTP\/1\.1 101 .*\r\nUpgrade: WebSocket\r\n/s);
  t.match(await sized, { status: 200 });
  client.send('stty size || resize\r');
  await client.shows('33 99');
  client.send('exit\r');
  await client.ended;
  client.close();
  const late = await service.ask('POST', `${api}/exec/${id}/resize?h=1&w=1`);
  t.equal(late.status, 409, 'it does not run any more');
});

t.test('the terminal of the container itself', async (t) => {
  const client = service.connect();
  const upgrade = 'Upgrade: WebSocket\r\nConnection: Upgrade\r\nContent-Length: 0\r\n';
  const query = '&stdin=true&stdout=true&stderr=true';
  client.send(`POST ${api}/containers/page/attach?${query} HTTP/1.0\r\n${upgrade}\r\n`);
  await client.shows('101');
  client.send('echo $((6*7))\r');
  await client.shows('\n42\r\n');
  client.send('exit\r');
  await client.ended;
  client.close();
  await eventually('the container has ended', () => sandbox.ok('ps', '-q') === '');
  const gone = await service.ask('DELETE', `${api}/containers/page?force=false`);
  t.equal(gone.status, 200);
});
