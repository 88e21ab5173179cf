/** `bryo system service`: clients who follow events. */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { type RawClient, Service } from '../support/service.ts';

const sandbox = new Sandbox();
sandbox.ok('volume', 'create', 'earlier');
const service = new Service(sandbox);
const file = join(sandbox.runroot, 'events.log');

t.before(() => service.ready());
t.teardown(async () => {
  await service.stop();
  const left = sandbox.close();
  if (left.length > 0) throw new Error(left.join('\n'));
});

function follow(path: string, query: Readonly<Record<string, string>> = {}): RawClient {
  const client = service.connect();
  client.send(`GET ${path}/events?${new URLSearchParams(query)} HTTP/1.1\r\nHost: d\r\n\r\n`);
  return client;
}

/** What has happened to whom, as a client was told. */
function told({ received }: RawClient): string[] {
  return [...received.matchAll(/^\{.*\}(?=\r$)/gm)].map(([line]) => {
    const { Action, Actor } = JSON.parse(line) as {
      Action: string;
      Actor: { Attributes?: { name?: string }; ID: string };
    };
    return `${Action} ${Actor.Attributes?.name ?? Actor.ID}`;
  });
}

const begun = (clients: readonly RawClient[]) =>
  Promise.all(clients.map((client) => client.shows('\r\n\r\n')));

const noWorker = () => eventually('no worker is held', () => service.workers().length === 0);

/** Descriptors of the acceptor. Nobody but root may look at those: its user sees how many connections it has (proc_net(5)). */
function descriptors(): number {
  if (process.geteuid?.() === 0) return readdirSync(`/proc/${service.child.pid}/fd`).length;
  return readFileSync('/proc/net/unix', 'utf8').split(service.socket).length;
}

/** Memory of the acceptor that it shares with nobody, in KiB (proc_pid_status(5)). */
function size(): number {
  const text = readFileSync(`/proc/${service.child.pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(text)?.[1]);
}

/** KiB for fifty followers, of which a single worker has many times as much. */
const most = 4096;

t.test('fifty followers hold no worker, and each is told of each event once', async (t) => {
  t.equal((await service.ask('GET', '/_ping')).status, 200);
  await noWorker();
  const opened = descriptors();
  const paths = ['/v1.41', '/v5.4.2/libpod'];
  const clients = Array.from({ length: 50 }, (_, index) => follow(paths[index % 2] ?? ''));
  await begun(clients);
  await noWorker();
  t.ok(size() < most, `${size()} KiB`);
  const made: string[] = [];
  for (const round of [1, 2, 3]) {
    for (const name of ['a', 'b', 'c']) {
      sandbox.ok('volume', 'create', `${name}${round}`);
      made.push(`create ${name}${round}`);
    }
    await Promise.all(clients.map((client) => client.shows(`c${round}`)));
    // As commands do it when the file is long.
    if (round < 3) renameSync(file, `${file}.1`);
  }
  for (const client of clients) t.strictSame(told(client), made);
  await noWorker();
  t.ok(size() < most, `${size()} KiB`);
  for (const client of clients) client.close();
  await eventually('nothing is left of clients that go', () => descriptors() <= opened);
  sandbox.ok('volume', 'rm', '--all');
});

t.test('the past comes first, and an end is one without anything happening', async (t) => {
  sandbox.ok('volume', 'create', 'past');
  const since = follow('/v1.41', { since: '1', filters: '{"volume":["past"]}' });
  await since.shows('past');
  sandbox.ok('volume', 'rm', 'past');
  await since.shows('destroy');
  t.strictSame(told(since), ['create past', 'destroy past']);
  since.close();
  const until = follow('/v5.4.2/libpod', { until: '2s', filters: '{"volume":["past"]}' });
  await until.shows('remove');
  await until.shows('\r\n0\r\n\r\n');
  t.strictSame(told(until), ['create past', 'remove past']);
  until.send('GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n');
  await until.shows('\r\n\r\nOK');
  until.close();
});

t.test('filters, also by the name that a container had', async (t) => {
  sandbox.ok('create', '--name', 'one', '--network', 'none', 'hello', 'true');
  const named = follow('/v1.41', { filters: '{"container":["one"],"event":["destroy","rename"]}' });
  const volumes = follow('/v5.4.2/libpod', { filters: '{"type":["volume"]}' });
  await begun([named, volumes]);
  sandbox.ok('rename', 'one', 'other');
  await named.shows('rename');
  await noWorker();
  sandbox.ok('rm', 'other');
  sandbox.ok('volume', 'create', 'last');
  await volumes.shows('last');
  await named.shows('destroy');
  t.strictSame(told(named), ['rename other', 'destroy other']);
  t.strictSame(told(volumes), ['create last']);
  const wrong = await service.ask('GET', '/v1.41/events?filters={"none":["x"]}');
  t.equal(wrong.status, 400);
  for (const client of [named, volumes]) client.close();
  sandbox.ok('volume', 'rm', 'last');
});

t.test('whoever does not read holds up nobody', async (t) => {
  const slow = follow('/v1.41', { since: '1' });
  await begun([slow]);
  slow.socket.pause();
  const quick = follow('/v1.41');
  await begun([quick]);
  sandbox.ok('volume', 'create', 'shown');
  await quick.shows('shown');
  await noWorker();
  slow.socket.resume();
  await slow.shows('shown');
  t.equal(told(slow).filter((line) => line === 'create shown').length, 1);
  for (const client of [slow, quick]) client.close();
  t.equal(service.log, '');
});
