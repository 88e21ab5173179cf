// E3: containerd 2020-15257; rootlesskit#612. Listeners on the host's loopback and its abstract
// sockets. test/cli/network asks for the loopback of each helper.
import { spawn } from 'node:child_process';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { Attack } from './support.ts';

const source = `
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <stddef.h>
int main(int argc, char** argv) {
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  strcpy(a.sun_path + 1, argv[2]);
  socklen_t n = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(argv[2]);
  if (argv[1][0] == 'c') {
    puts(connect(s, (void*)&a, n) == 0 ? "connected" : "refused");
    return 0;
  }
  if (bind(s, (void*)&a, n) != 0 || listen(s, 50) != 0) return 1;
  puts("listening");
  fflush(stdout);
  for (;;) pause();
}`;

t.test('abstract sockets of the host', async (t) => {
  const attack = new Attack();
  const probe = attack.probe('unix', source);
  const image = attack.image('unix', [probe]);
  const name = `bryo-attack-${process.pid}`;
  const listener = spawn(`${attack.sandbox.directory}/unix`, ['listen', name]);
  const ended = new Promise((resolve) => listener.on('close', resolve));
  t.teardown(() => listener.kill('SIGKILL'));
  let said = '';
  listener.stdout.on('data', (part) => {
    said += part;
  });
  await eventually('it listens', () => said !== '');
  const run = (...flags: string[]) =>
    attack.sandbox.run(['run', '--rm', ...flags, image, 'unix', 'connect', name]).stdout;
  t.equal(run(), 'refused\n', 'with the default network');
  t.equal(run('--network', 'none'), 'refused\n');
  t.equal(run('--network', 'host'), 'connected\n', 'sharing the network is sharing them');
  listener.kill('SIGKILL');
  await ended;
  t.same(attack.close(), []);
});
