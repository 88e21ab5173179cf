import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'nft', 'perl');
const sandbox = new Sandbox();
const port = await freePort();

/** Says to each client whom it sees. */
const program = `use IO::Socket::INET;
my $l = IO::Socket::INET->new(LocalPort => 80, Listen => 64, ReuseAddr => 1) or die;
while (my $c = $l->accept) { print $c $c->peerhost . "\\n"; close $c }`;
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
const serve = [...system, 'hello', '/usr/bin/perl', '-e', program];

async function seen(host: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const socket = connect({ port, host });
    let text = '';
    socket
      .on('error', () => undefined)
      .on('data', (data) => {
        text += data.toString();
      });
    await once(socket, 'close').catch(() => undefined);
    if (text !== '') return text.trim();
    await setTimeout(50);
  }
  return '';
}

sandbox.ok('run', '-d', '--name', 'server', '--network', 'bridge', '-p', `${port}:80`, ...serve);
const address = sandbox
  .ok('inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', 'server')
  .trim();
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

t.test('the server sees its client, or the gateway for one that it cannot', async (t) => {
  t.equal(await seen(outside ?? ''), outside);
  t.equal(await seen('127.0.0.1'), '10.88.0.1');
});

const ask = (to: string, at: string, network = 'bridge') =>
  sandbox.run(['run', '--rm', '--network', network, 'hello', 'nc', '-w', '5', to, at]).stdout;

t.test('neighbours reach the server itself, and by the address of the host', async (t) => {
  t.match(ask(address, '80'), /^10\.88\.0\.\d+\n$/);
  t.match(ask(outside ?? '', String(port)), /^\d+\.\d+\.\d+\.\d+\n$/);
});

t.test('it goes on after a restart', async (t) => {
  sandbox.ok('restart', '-t', '0', 'server');
  t.equal(await seen(outside ?? ''), outside);
  t.match(sandbox.ok('port', 'server'), `80/tcp -> 0.0.0.0:${port}`);
});

const networksOf =
  '{{range $name, $it := .NetworkSettings.Networks}}{{$name}} {{$it.IPAddress}} {{end}}';

t.test('it follows the container to other networks', async (t) => {
  const addressOn = (network: string): string => {
    const words = sandbox.ok('inspect', '-f', networksOf, 'server').trim().split(' ');
    return words[words.indexOf(network) + 1] ?? '';
  };
  sandbox.ok('network', 'create', 'other');
  sandbox.ok('network', 'connect', 'other', 'server');
  t.equal(await seen(outside ?? ''), outside, 'the first network is there yet');
  t.match(
    ask(addressOn('other'), '80', 'other'),
    /^10\.89\.\d+\.\d+\n$/,
    'new neighbours reach it',
  );
  sandbox.ok('network', 'disconnect', 'podman', 'server');
  t.equal(await seen(outside ?? ''), outside, 'through the other network');
  t.match(ask(addressOn('other'), '80', 'other'), /^10\.89\.\d+\.\d+\n$/);
  sandbox.ok('network', 'connect', 'podman', 'server');
  sandbox.ok('network', 'disconnect', 'other', 'server');
  t.equal(await seen(outside ?? ''), outside, 'at a new address');
  t.match(ask(addressOn('podman'), '80'), /^10\.88\.0\.\d+\n$/);
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
