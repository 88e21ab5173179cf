/**
 * E12: what takes hold of the process that answers names and carries connections of containers on bridges (by the
 * bytes of a container, or of a server that it asks) has neither programs nor files to write, no rights over the
 * bridges' network, and no more of the kernel than serving takes.
 */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { requirePrograms } from '../support/requirements.ts';
import { checkConfinement } from './confinement.ts';

requirePrograms('c++', 'slirp4netns', 'nft');

const allowed = `
  int pair[2];
  int on = 1;
  ifreq request{};
  struct flock lock{};
  lock.l_type = F_WRLCK;
  sockaddr_in to{AF_INET, htons(53), {htonl(INADDR_LOOPBACK)}, {}};
  int stream = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Tell("fine: stream", stream);
  Tell("fine: datagrams", datagrams);
  Tell("fine: connect", connect(datagrams, reinterpret_cast<sockaddr*>(&to), sizeof(to)));
  Tell("fine: addresses", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  Tell("fine: option", setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
  Tell("fine: pipe", pipe2(pair, O_CLOEXEC | O_NONBLOCK));
  Tell("fine: width", fcntl(pair[1], F_SETPIPE_SZ, 65536));
  int file = openat(directory, "file", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  Tell("fine: lease", fcntl(file, F_OFD_GETLK, &lock));
`;

const refused = `
  Tell("lock", fcntl(file, F_OFD_SETLK, &lock));
  Tell("owner of signals", fcntl(stream, F_SETOWN, getppid()));
  Tell("packets", socket(AF_PACKET, SOCK_RAW, 0));
  Tell("firewall", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
  Tell("other protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
  Tell("be reached", bind(stream, 0, 0));
  Tell("listen", listen(stream, 1));
  Tell("filter of a socket", setsockopt(stream, SOL_SOCKET, SO_ATTACH_FILTER, &on, sizeof(on)));
  Tell("bring up an interface", ioctl(datagrams, SIOCSIFFLAGS, &request));
  Tell("terminal", ioctl(0, TIOCSTI, "x"));
`;

t.test('services can do what serving takes, and nothing else', async (t) => {
  const confinement = {
    headers: ['<linux/netlink.h>', '<net/if.h>', '<netinet/tcp.h>', '"net/confine.h"'],
    sources: ['net/confine.cc', 'sys/call_filter.cc', 'sys/capabilities.cc', 'sys/limits.cc'],
    confine: 'bryo::ConfineServices().ok()',
    allowed,
    refused,
  };
  checkConfinement(t, confinement, { allowed: 11, refused: 35 });
});

t.test('they are so confined while they serve', async (t) => {
  const sandbox = new Sandbox();
  sandbox.ok('network', 'create', 'ours');
  sandbox.ok('run', '-d', '--name', 'asker', '--network', 'ours', 'hello', 'sleep', '1000');
  t.match(sandbox.ok('exec', 'asker', 'nslookup', 'asker'), /Name:\s+asker/);
  const [pid = 0] = sandbox.bridgeServices();
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  t.match(status, /^Seccomp:\t2$/m);
  t.match(status, /^NoNewPrivs:\t1$/m);
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) {
    t.match(status, new RegExp(`^${set}:\t0+$`, 'm'), set);
  }
  t.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max processes +0 +0 /m);
  // CAP_NET_BIND_SERVICE, CAP_NET_ADMIN, CAP_SETPCAP and CAP_SYS_ADMIN, over the bridges' namespaces.
  const kept = (1n << 8n) | (1n << 10n) | (1n << 12n) | (1n << 21n);
  const [holder = 0] = sandbox.holders();
  const holders = readFileSync(`/proc/${holder}/status`, 'utf8');
  for (const set of ['CapPrm', 'CapEff', 'CapBnd']) {
    const rights = new RegExp(`^${set}:\t(\\w+)$`, 'm').exec(holders)?.[1] ?? 'ffff';
    t.equal(BigInt(`0x${rights}`) & ~kept, 0n, `${set} of the holder`);
  }
  process.kill(pid, 'SIGKILL');
  await eventually('there is another', () => sandbox.bridgeServices().some((one) => one !== pid));
  t.match(sandbox.ok('exec', 'asker', 'nslookup', 'asker'), /Name:\s+asker/);
  t.same(sandbox.holders(), [holder]);
  process.kill(holder, 'SIGKILL');
  const other = () => sandbox.holders().some((one) => one !== holder);
  await eventually('the services end with their holder, and another comes', other);
  await eventually('which has its own', () => sandbox.bridgeServices().length === 1);
  t.match(sandbox.ok('exec', 'asker', 'nslookup', 'asker'), /Name:\s+asker/);
  t.same(sandbox.close(), []);
});
