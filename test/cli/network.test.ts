import { type AddressInfo, connect, createServer } from 'node:net';
import t from 'tap';
import { hostAddress } from '../../src/network/host-address.ts';
import { eventually, Sandbox } from '../support/bryo.ts';
import { freePort } from '../support/free-port.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('slirp4netns', 'pasta');
const sandbox = new Sandbox();

const serve = 'while :; do echo served | nc -l -p 80; done';

/** What a server on the loopback says; empty when it cannot be reached. */
function ask(port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(2000, () => socket.destroy());
    socket.on('data', (part) => {
      text += part;
      socket.end();
    });
    socket.on('error', () => resolve(''));
    socket.on('close', () => resolve(text));
  });
}

for (const network of ['slirp4netns', 'pasta']) {
  t.test(`${network}: publishing a port`, async (t) => {
    const port = await freePort();
    sandbox.ok(
      'run',
      '-d',
      '--name',
      network,
      '--network',
      network,
      '-p',
      `127.0.0.1:${port}:80`,
      'hello',
      'sh',
      '-c',
      serve,
    );
    let answer = '';
    for (let i = 0; i < 50 && answer === ''; i += 1) {
      answer = await ask(port);
      if (answer === '') await new Promise((resolve) => setTimeout(resolve, 100));
    }
    t.equal(answer, 'served\n');
    t.match(sandbox.ok('ps'), `127.0.0.1:${port}->80/tcp`);
    const taken = sandbox.run(['run', '--rm', '-p', `127.0.0.1:${port}:80`, 'hello', 'true']);
    t.equal(taken.code, 126);
    t.match(taken.stderr, /address already in use/);
    sandbox.ok('rm', '-f', network);
    await eventually('the helper is gone', () => sandbox.leftovers().length === 0);
    t.equal(await ask(port), '');
  });

  t.test(`${network}: the host's loopback is out of reach`, async (t) => {
    const server = createServer((socket) => socket.end('secret'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    const { port } = server.address() as AddressInfo;
    const script = `for a in 127.0.0.1 10.0.2.2 $(ip route | awk '/default/ { print $3 }'); do nc -w 1 $a ${port} </dev/null; done; echo done`;
    const child = sandbox.start(['run', '--rm', '--network', network, 'hello', 'sh', '-c', script]);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await new Promise((resolve) => child.on('close', resolve));
    t.equal(text, 'done\n');
  });
}

t.test('the host has a name, by which its services are reached', async (t) => {
  const address = hostAddress();
  const server = createServer((socket) => socket.end('service'));
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const script = `grep -c host.containers.internal /etc/hosts; nc -w 2 host.containers.internal ${port} </dev/null`;
  const flags = ['--rm', '--network', 'slirp4netns'];
  const { stdout } = await sandbox.runBeside(['run', ...flags, 'hello', 'sh', '-c', script]);
  t.equal(stdout, address === null ? '0\n' : '1\nservice');
});

t.test('none, host, container', async (t) => {
  t.equal(sandbox.ok('run', '--rm', '--network', 'none', 'hello', 'ls', '/sys/class/net'), 'lo\n');
  t.match(sandbox.ok('run', '--rm', '--network', 'host', 'hello', 'cat', '/proc/net/dev'), /lo:/);
  sandbox.ok('run', '-d', '--name', 'owner', 'hello', 'sleep', '100');
  t.equal(
    sandbox.ok('run', '--rm', '--network', 'container:owner', 'hello', 'ls', '/sys/class/net'),
    'lo\ntap0\n',
  );
  sandbox.ok('rm', '-f', 'owner');
  const gone = sandbox.run(['run', '--rm', '--network', 'container:owner', 'hello', 'true']);
  t.match(gone.stderr, /no such container/);
});

t.test('pasta: what is wrong with an option is said', async (t) => {
  const { code, stderr } = sandbox.run(['run', '--rm', '--network', 'pasta:--bogus', 'hello']);
  t.equal(code, 125);
  t.match(stderr, /pasta failed: .*unrecognized option '--bogus'\n$/);
  t.equal(stderr.trimEnd().split('\n').length, 1, stderr);
});

t.test('bad requests', async (t) => {
  const cases: [string[], RegExp][] = [
    [
      ['--network', 'nowhere'],
      /unable to find network with name or ID nowhere: network not found$/m,
    ],
    [['--network', '../x'], /network not found/],
    [['--network', 'slirp4netns:nonsense=1'], /has no option/],
    [['-p', '99999:80'], /is not a port between 1 and 65535/],
    [['-p', '80:80:80:80'], /\[\[IP:\]HOSTPORT:\]PORT/],
    [['-p', '1-2:1-3'], /differ in length/],
    [['-p', '8080:80/dccp'], /protocol "dccp" is not supported/],
    [['--add-host', 'a\nb:1.2.3.4'], /NAME:ADDRESS/],
    [['--dns', 'not-an-address'], /an IP address or none is needed/],
    [['--hostname', 'bad\nname'], /invalid --hostname/],
  ];
  for (const [flags, message] of cases) {
    const { code, stderr } = sandbox.run(['run', '--rm', ...flags, 'hello', 'true']);
    t.equal(code, 125, flags.join(' '));
    t.match(stderr, message);
    t.match(stderr, /^Error: [^\n]*\n$/, 'one line');
  }
});

t.test('ports of a network that has none are discarded, with podman’s words', async (t) => {
  const stderr =
    'Port mappings have been discarded as one of the Host, Container, Pod, and None network modes are in use\n';
  for (const network of ['host', 'none']) {
    for (const ports of [['-p', '8080:80'], ['-P']]) {
      const flags = ['--network', network, ...ports];
      const result = sandbox.run(['run', '--name', 'd', ...flags, 'hello', 'echo', 'ok']);
      t.same(result, { code: 0, stdout: 'ok\n', stderr }, flags.join(' '));
      t.equal(sandbox.ok('port', 'd'), '');
      sandbox.ok('rm', 'd');
    }
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
