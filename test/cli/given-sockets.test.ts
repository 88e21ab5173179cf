import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import t from 'tap';
import { Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { serverWords } from '../support/server-words.ts';

requirePrograms('slirp4netns', 'nft', 'perl');
const sandbox = new Sandbox();
const port = 21_000 + ((process.pid * 2) % 9000);

/**
 * Starts a program as a service manager does a socket unit's service: with sockets of its own, from descriptor 3 on.
 * Words: PORT (of TCP, UDP and IPv6's TCP), then the program.
 */
const activate = `use POSIX (); use IO::Socket::IP -register; use Socket qw(:all);
my $port = shift;
my @sockets = (
  IO::Socket::IP->new(LocalHost => "0.0.0.0", LocalPort => $port, Listen => 64, ReuseAddr => 1),
  IO::Socket::IP->new(LocalHost => "::", LocalPort => $port, Listen => 64, ReuseAddr => 1, V6Only => 1),
  IO::Socket::IP->new(LocalHost => "0.0.0.0", LocalPort => $port, Type => SOCK_DGRAM),
  IO::Socket::IP->new(LocalHost => "127.0.0.1", LocalPort => $port + 1, Listen => 64, ReuseAddr => 1),
);
my @high = map { die "socket: $!" unless $_; POSIX::dup2(fileno $_, 40 + $n++) } @sockets;
POSIX::dup2(39 + $_, 2 + $_) for 1 .. @sockets;
POSIX::close(39 + $_) for 1 .. @sockets;
exec { $ARGV[0] } @ARGV or die;`;

/** Says over either protocol whom it sees, and which sockets it was given itself. */
const program = `use IO::Socket::IP -register; use Socket qw(:all);
my $own = ($ENV{LISTEN_FDS} // 0) . " " . ($ENV{LISTEN_FDNAMES} // "");
unless (fork) {
  my $l = IO::Socket::IP->new(LocalHost => "0.0.0.0", LocalPort => 80, Listen => 64, ReuseAddr => 1) or die;
  while (my $c = $l->accept) { print $c $c->peerhost . " $own"; close $c }
}
unless (fork) {
  my $s = IO::Socket::IP->new(LocalHost => "0.0.0.0", LocalPort => 80, Type => SOCK_DGRAM) or die;
  while (defined(my $from = recv $s, my $data, 1000, 0)) {
    my (undef, $host) = getnameinfo($from, NI_NUMERICHOST | NI_NUMERICSERV);
    send $s, "$host $data", 0, $from;
  }
}
sleep while 1;`;
const system = ['/usr', '/lib', '/lib64'].flatMap((path) => ['-v', `${path}:${path}:ro`]);
const serve = [...system, 'hello', '/usr/bin/perl', '-e', program];
const outside =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '';

function activated(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const env = { LISTEN_FDS: '4', LISTEN_FDNAMES: 'web:web:data:own' };
  const words = ['-e', activate, String(port), ...sandbox.argv(args, { env })];
  const result = spawnSync('perl', words, { encoding: 'utf8', cwd: '/' });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

async function datagram(host: string, text: string): Promise<string> {
  const socket = createSocket('udp4');
  socket.bind(0, host);
  let answer = '';
  socket
    .on('error', () => undefined)
    .on('message', (message) => {
      answer = message.toString();
    });
  for (let tries = 0; tries < 300 && answer === ''; tries += 1) {
    socket.send(text, port, host, () => undefined);
    await setTimeout(50);
  }
  socket.close();
  return answer;
}

const published = ['-p', 'fd:web:80', '-p', 'fd:data:80/udp'];

for (const network of ['slirp4netns', 'bridge']) {
  t.test(`sockets that are handed over lead into a container with ${network}`, async (t) => {
    const run = ['run', '-d', '--name', 'c', '--network', network, '--restart', 'no', ...published];
    const started = activated(...run, ...serve);
    t.match(started, { code: 0, stderr: '' });
    // The one that nobody published is the container's own, under the first number.
    t.equal(await serverWords(outside, port), `${outside} 1 own`);
    t.match(
      await serverWords('::1', port),
      /^\d+\.\d+\.\d+\.\d+ 1 own$/,
      'both sockets of the name',
    );
    t.equal(await datagram(outside, 'x'), `${outside} x`);
    const shown = sandbox.ok('port', 'c').trim().split('\n').sort();
    t.same(shown, [
      `80/tcp -> 0.0.0.0:${port}`,
      `80/tcp -> [::]:${port}`,
      `80/udp -> 0.0.0.0:${port}`,
    ]);
    sandbox.ok('rm', '-f', '-t', '0', 'c');
  });
}

t.test('a pod takes them when it starts', async (t) => {
  const publish = ['-p', 'fd:web:80', '-p', 'fd:data:80/udp'];
  sandbox.ok('pod', 'create', '--name', 'p', '--network', 'bridge', ...publish);
  sandbox.ok('create', '--pod', 'p', '--name', 'c', ...serve);
  const missing =
    /^Error: cannot publish fd:web: no socket of that name was handed over \(.*: systemctl --user start or restart/;
  t.match(sandbox.run(['pod', 'start', 'p']), { code: 126, stderr: missing });
  t.match(activated('pod', 'start', 'p'), { code: 0 });
  // What a pod publishes is its own, and others go to nobody: which of its containers would have them?
  t.equal(await serverWords(outside, port), `${outside} 0 `);
  t.equal(await datagram(outside, 'x'), `${outside} x`);
  const idOf = () => sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'c');
  const before = idOf();
  t.match(sandbox.run(['pod', 'restart', 'p']), { code: 126, stderr: missing });
  t.equal(idOf(), before, 'what cannot be started again goes on running');
  sandbox.ok('restart', '-t', '0', 'c');
  t.equal(await serverWords(outside, port), `${outside} 0 `, 'a container does not open them');
  sandbox.ok('pod', 'stop', '-t', '0', 'p');
  t.match(sandbox.run(['pod', 'start', 'p']), { code: 126, stderr: missing });
  t.match(activated('pod', 'start', 'p'), { code: 0 });
  t.equal(await serverWords(outside, port), `${outside} 0 `, 'after a stop');
  sandbox.ok('pod', 'stop', '-t', '0', 'p');
  t.match(activated('pod', 'restart', 'p'), { code: 0 });
  t.equal(await serverWords(outside, port), `${outside} 0 `, 'after a restart');
  sandbox.ok('pod', 'rm', '-f', '-t', '0', 'p');
});

t.test('a restart keeps them, and a later start takes its own', async (t) => {
  const created = sandbox.ok(
    'create',
    '--name',
    'c',
    '--restart',
    'always',
    '-p',
    'fd:web:80',
    '-p',
    'fd:own:81',
    '-p',
    'fd:data:82/udp',
    ...serve,
  );
  t.match(created, /^[0-9a-f]{64}$/m);
  t.match(sandbox.run(['start', 'c']), {
    code: 125,
    stderr: /^Error: .*cannot publish fd:web: no socket of that name was handed over/,
  });
  t.match(activated('start', 'c'), { code: 0 });
  t.equal(await serverWords(outside, port), `${outside} 0 `);
  t.match(sandbox.run(['restart', '-t', '0', 'c']), {
    code: 125,
    stderr: /cannot publish fd:web: no socket of that name was handed over/,
  });
  t.equal(await serverWords(outside, port), `${outside} 0 `, 'it goes on running');
  sandbox.ok('stop', '-t', '0', 'c');
  t.match(activated('restart', 'c'), { code: 0 });
  t.equal(await serverWords(outside, port), `${outside} 0 `, 'of one that does not run');
  sandbox.ok('exec', 'c', 'kill', '-9', '1');
  t.equal(await serverWords(outside, port), `${outside} 0 `, 'after a restart');
  sandbox.ok('rm', '-f', '-t', '0', 'c');
});

t.test('what cannot be published so', async (t) => {
  const cases: [string[], RegExp][] = [
    [['-p', 'fd:other:80'], /cannot publish fd:other: no socket of that name was handed over/],
    [['-p', 'fd:data:80'], /cannot publish fd:data: that is no listening socket of TCP/],
    [['-p', 'fd:web:80/udp'], /cannot publish fd:web: that is no socket of UDP/],
    [['-p', 'fd:web:80', '-p', 'fd:web:81'], /cannot publish fd:web twice/],
    [['-p', 'fd:web:80-81'], /a descriptor leads to one port/],
    [['-p', 'fd:web'], /fd:NAME:PORT\[\/PROTOCOL\] is needed/],
    [['--network', 'pasta', '-p', 'fd:web:80'], /cannot publish fd:web with pasta/],
  ];
  for (const [flags, why] of cases) {
    const result = activated('run', '--rm', ...flags, 'hello', 'true');
    t.match(result, { stderr: why }, flags.join(' '));
    t.not(result.code, 0);
    t.equal(result.stderr.trim().split('\n').length, 1, 'one line');
  }
});

t.test('nothing is left behind', async (t) => {
  t.same(sandbox.close(), []);
});
