// A21: bwrap 2017-5226, 2019-10063. The container types into the terminal that the engine was called
// from: what it typed would be the next command of the caller's shell.
import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { requirePrograms } from '../support/requirements.ts';
import { asTestUser, testUser } from '../support/user.ts';
import { Attack } from './support.ts';

requirePrograms('script', 'bash');

/** Types a line, with the plain request and with one whose high bits a filter must not overlook. */
const source = `
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  const char* line = "evil\\n";
  int plain = 0, high = 0;
  for (size_t i = 0; i < strlen(line); ++i) {
    if (ioctl(0, 0x5412, line + i) < 0) plain = errno;
    if (syscall(SYS_ioctl, 0, 0x5412UL | (1UL << 40), line + i) < 0) high = errno;
  }
  printf("%s: plain %d high %d\\n", isatty(0) ? "terminal" : "other", plain, high);
  return 0;
}`;

/** Since Linux 6.2 a kernel can refuse the request to everybody (dev.tty.legacy_tiocsti). */
function kernelForbids(): boolean {
  const setting = '/proc/sys/dev/tty/legacy_tiocsti';
  return existsSync(setting) && readFileSync(setting, 'utf8').trim() === '0';
}

const hit = ['terminal: plain 0 high 0', 'typed: [eevviill]'];

t.test('nothing is typed into the caller’s terminal', async (t) => {
  const attack = new Attack();
  const image = attack.image('typing', [attack.probe('probe', source)]);
  const { sandbox } = attack;
  // script(1) runs as the test user already.
  const quoted = (...args: string[]): string => {
    const whole = sandbox.argv(args);
    return whole
      .slice(whole.indexOf('env'))
      .map((word) => `'${word}'`)
      .join(' ');
  };
  const run = ['run', '--rm', '--network', 'none'];
  sandbox.ok('run', '-d', '--network', 'none', '--name', 'c', image, 'sleep', '1000');
  const typed = `bash -c 'read -t 1 line; echo "typed: [$line]"'`;
  const steps = [
    quoted(...run, '-i', image, 'probe'),
    quoted(...run, '-i', '--log-driver', 'passthrough-tty', image, 'probe'),
    quoted(...run, '-i', '-t', image, 'probe'),
    quoted('exec', '-i', 'c', 'probe'),
    quoted('exec', '-i', '-t', 'c', 'probe'),
    // What it would be like: the same program, outside.
    join(sandbox.directory, 'probe'),
  ];
  const script = join(sandbox.directory, 'session');
  writeFileSync(script, ['stty -echo', ...steps.flatMap((step) => [step, typed]), ''].join('\n'));
  chownSync(script, testUser().uid, testUser().gid);
  const [program = '', ...rest] = asTestUser(['script', '-qec', `sh ${script}`, '/dev/null']);
  const { stdout } = spawnSync(program, rest, {
    cwd: sandbox.directory,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const shown = (stdin: string): string[] => [`${stdin}: plain 1 high 1`, 'typed: []'];
  t.same(stdout.replaceAll('\r', '').trim().split('\n'), [
    ...['other', 'terminal', 'terminal', 'other', 'terminal'].flatMap(shown),
    ...(kernelForbids() ? ['terminal: plain 5 high 5', 'typed: []'] : hit),
  ]);
  sandbox.ok('rm', '-f', '-t', '0', 'c');
  t.same(attack.close(), []);
});
