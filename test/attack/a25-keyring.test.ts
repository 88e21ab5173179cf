// A25: the caller's session keyring.
import { spawnSync } from 'node:child_process';
import t from 'tap';
import { Attack } from './support.ts';

const source = `
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  long key = syscall(SYS_request_key, "user", "bryo-canary", 0, 0);
  printf("%s\\n", key < 0 ? "no key" : "key");
  return 0;
}`;

const holder = `
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char** argv) {
  syscall(SYS_keyctl, 1, "host");
  if (syscall(SYS_add_key, "user", "bryo-canary", "secret", 6, -3) < 0) { perror("add_key"); return 99; }
  execv(argv[1], argv + 1);
  return 98;
}`;

t.test("the caller's keys are not seen", async (t) => {
  const attack = new Attack();
  const keyed = attack.probe('holder', holder);
  const image = attack.image('keys', [attack.probe('look', source), keyed]);
  const argv = attack.sandbox.argv([
    'run',
    '--rm',
    '--network',
    'none',
    '--security-opt',
    'seccomp=unconfined',
    image,
    'look',
  ]);
  const at = argv.findIndex((word) => /\/(bryo|node)$/.test(word));
  const [program = '', ...rest] = [
    ...argv.slice(0, at),
    `${attack.sandbox.directory}/holder`,
    ...argv.slice(at),
  ];
  const result = spawnSync(program, rest, { encoding: 'utf8', cwd: '/' });
  t.equal(result.stdout, 'no key\n', result.stderr);
  const outside = spawnSync(
    `${attack.sandbox.directory}/holder`,
    [`${attack.sandbox.directory}/look`],
    { encoding: 'utf8' },
  );
  t.equal(outside.stdout, 'key\n', 'the test can go red: outside the key is found');
  t.same(attack.close(), []);
});
