// E2: podman 2021-20199; E4: moby 2020-13401. Who connects to a published port, and from where that
// can be done.
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import t from 'tap';
import { freePort } from '../support/free-port.ts';
import { Attack } from './support.ts';

/** Tells each peer the address that it comes from. */
const source = `
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80)};
  if (bind(s, (void*)&a, sizeof a) != 0 || listen(s, 5) != 0) return 1;
  for (;;) {
    struct sockaddr_in p;
    socklen_t n = sizeof p;
    char text[64];
    int k = accept(s, (void*)&p, &n);
    inet_ntop(AF_INET, &p.sin_addr, text, sizeof text);
    if (write(k, text, strlen(text)) < 0) return 1;
    close(k);
  }
}`;

function ask(host: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, host);
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    socket.on('close', () => resolve(text));
  });
}

/** Asks until there is an answer: the server inside may not listen yet. */
async function answer(host: string, port: number): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const text = await ask(host, port);
    if (/^\d/.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return '';
}

/** An address of this machine that is not its loopback's. */
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

for (const network of ['slirp4netns', 'pasta']) {
  t.test(`${network}: the peer is who it is`, async (t) => {
    const attack = new Attack();
    const { sandbox } = attack;
    const image = attack.image('peers', [attack.probe('peers', source)]);
    const [all, own] = [await freePort(), await freePort()];
    const publish = ['-p', `${all}:80`, '-p', `127.0.0.1:${own}:80`];
    sandbox.ok('run', '-d', '--name', 'c', '--network', network, ...publish, image, 'peers');
    t.not(await answer('127.0.0.1', own), '', 'the loopback port answers');
    if (outside === undefined) t.comment('this machine has no address but its loopback');
    else t.equal(await ask(outside, own), 'ECONNREFUSED', 'and only there');
    // pasta hands connections of this machine's own addresses on as such of its own.
    if (network === 'slirp4netns') {
      for (const host of outside === undefined ? ['127.0.0.1'] : ['127.0.0.1', outside]) {
        const peer = await answer(host, all);
        t.match(peer, /^\d/, `${host} is answered`);
        t.not(peer, '127.0.0.1', 'no peer is taken for the container itself');
      }
    }
    const raw = sandbox.run(['exec', 'c', 'grep', 'CapBnd', '/proc/self/status']);
    const bounding = BigInt(`0x${raw.stdout.trim().split('\t')[1] ?? '0'}`);
    t.equal(bounding & (1n << 13n), 0n, 'no NET_RAW: no forged router advertisements');
    sandbox.ok('rm', '-f', '-t', '0', 'c');
    t.same(attack.close(), []);
  });
}
