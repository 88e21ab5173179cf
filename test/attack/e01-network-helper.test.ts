// E1: libslirp 2020-1983, 2020-8608 and others. Packets that corrupt the network helper: it holds
// nothing that would be worth the trouble.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import t from 'tap';
import { inProcesses } from '../support/processes.ts';
import { Attack } from './support.ts';

/** Sends frames of every shape: whole headers with wrong lengths, fragments, noise. */
const source = `
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(int argc, char** argv) {
  int s = socket(AF_PACKET, SOCK_RAW, 0);
  struct sockaddr_ll a = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argv[1])};
  if (s < 0 || a.sll_ifindex == 0) { perror("socket"); return 1; }
  unsigned char f[1500];
  int sent = 0;
  srand(7);
  for (int i = 0; i < 4000; ++i) {
    int n = 14 + rand() % 1400;
    for (int k = 0; k < n; ++k) f[k] = rand();
    memset(f, 0xff, 6);
    unsigned short types[] = {0x0800, 0x0806, 0x86dd, rand()};
    *(unsigned short*)(f + 12) = htons(types[rand() % 4]);
    if (rand() % 2) f[14] = 0x45;
    unsigned char protocols[] = {1, 6, 17, 58};
    if (rand() % 2) f[23] = protocols[rand() % 4];
    if (rand() % 2) { f[30] = 10; f[31] = 0; f[32] = 2; f[33] = 2 + rand() % 3; }
    if (sendto(s, f, n, 0, (void*)&a, sizeof a) > 0) ++sent;
  }
  printf("%d\\n", sent > 2000);
  return 0;
}`;

/** The helper of a container: it is told the pid whose network it serves. */
function findHelper(name: string, payload: string): number {
  const [helper = 0] = inProcesses((process) => {
    const words = process.words();
    return words[0]?.endsWith(name) && words.includes(payload) ? process.pid : null;
  });
  return helper;
}

for (const network of ['slirp4netns', 'pasta']) {
  t.test(`${network} is confined, and frames of every shape do no harm`, async (t) => {
    const attack = new Attack();
    const { sandbox } = attack;
    const image = attack.image('frames', [attack.probe('frames', source)]);
    const flags = ['-d', '--name', 'c', '--network', network, '--cap-add', 'NET_RAW'];
    sandbox.ok('run', ...flags, image, 'sleep', '1000');
    const payload = sandbox.ok('inspect', '--format', '{{.State.Pid}}', 'c').trim();
    const pid = findHelper(network, payload);
    t.not(pid, 0, 'the helper is found');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    t.match(status, /^Seccomp:\t2$/m, 'system calls are filtered');
    t.match(status, /^NoNewPrivs:\t1$/m);
    // Each keeps the right to low ports, and pasta that to its network: over its own user namespace
    // only, for nothing here was started by root.
    const effective = BigInt(`0x${/^CapEff:\t(\w+)$/m.exec(status)?.[1] ?? 'ffffffff'}`);
    const kept = network === 'pasta' ? (1n << 10n) | (1n << 21n) : 1n << 10n;
    t.equal(effective & ~kept, 0n, effective.toString(16));
    // Links of such a process are root's to read; its mapping is not that of the host either way.
    t.not(readFileSync(`/proc/${pid}/uid_map`, 'utf8'), readFileSync('/proc/self/uid_map', 'utf8'));
    if (process.getuid?.() === 0) {
      t.not(readlinkSync(`/proc/${pid}/ns/user`), readlinkSync('/proc/self/ns/user'));
      const root = readdirSync(`/proc/${pid}/root`);
      t.notOk(root.includes('home') || root.includes('root'), `its root holds ${root.join(' ')}`);
    }
    const device = sandbox
      .ok('exec', 'c', 'ls', '/sys/class/net')
      .split('\n')
      .find((name) => name !== 'lo');
    t.equal(sandbox.ok('exec', 'c', 'frames', device ?? ''), '1\n');
    t.equal(sandbox.ok('exec', 'c', 'echo', 'alive'), 'alive\n', 'the container goes on');
    t.equal(attack.damage(), '');
    sandbox.ok('rm', '-f', '-t', '0', 'c');
    t.same(attack.close(), []);
  });
}
