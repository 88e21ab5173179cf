/** Connections that become the streams of a container: clients that have said all, and those that read nothing. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { framed, type RawClient, Service } from '../support/service.ts';

const sandbox = new Sandbox();
t.teardown(() => {
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});
const service = new Service(sandbox);
t.teardown(() => service.stop());
t.before(() => service.ready());

async function attached(name: string, script: string, more: object = {}): Promise<RawClient> {
  const body = { Image: 'hello', Cmd: ['sh', '-c', script], HostConfig: { NetworkMode: 'none' } };
  const made = await service.ask('POST', `/containers/create?name=${name}`, { ...body, ...more });
  t.equal(made.status, 201, made.body);
  const client = service.connect();
  const flags = 'stream=1&stdin=1&stdout=1&stderr=1';
  const upgrade = 'Connection: Upgrade\r\nUpgrade: tcp\r\n';
  client.send(`POST /containers/${name}/attach?${flags} HTTP/1.1\r\nHost: d\r\n${upgrade}\r\n`);
  await client.shows('\r\n\r\n');
  return client;
}

t.test('a client that has said all gets what comes then', async (t) => {
  const asked = { OpenStdin: true, StdinOnce: true, AttachStdin: true };
  const client = await attached('half', 'cat; echo all; echo bad >&2', asked);
  t.equal((await service.ask('POST', '/containers/half/start')).status, 204);
  client.send('typed\n');
  client.socket.end();
  await client.ended;
  t.equal(framed(client.received, 1), 'typed\nall\n');
  t.equal(framed(client.received, 2), 'bad\n');
  const { body } = await service.ask('POST', '/containers/half/wait');
  t.match(JSON.parse(body), { StatusCode: 0 });
  t.equal((await service.ask('DELETE', '/containers/half')).status, 204);
  client.close();
});

t.test('clients that read nothing hold up neither the container nor others', async (t) => {
  const count = 20_000_000;
  const first = await attached('loud', `head -c ${count} /dev/zero`);
  first.socket.pause();
  t.equal((await service.ask('POST', '/containers/loud/start')).status, 204);
  const { body } = await service.ask('POST', '/containers/loud/wait');
  t.match(JSON.parse(body), { StatusCode: 0 });
  t.equal((await service.ask('GET', '/_ping')).status, 200);
  const status = readFileSync(`/proc/${service.child.pid}/status`, 'utf8');
  const kibibytes = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]);
  t.ok(kibibytes < 8192, `the service keeps ${kibibytes} KiB`);
  // By the limit of what is kept for one that reads slowly (addon/monitor).
  first.socket.resume();
  await first.ended;
  t.ok(first.received.length < count, `${first.received.length} bytes came`);
  t.equal((await service.ask('DELETE', '/containers/loud')).status, 204);
  first.close();
});
