// A23: kernel 2026-31431. AF_ALG, AF_VSOCK, unknown and other-ABI system calls; and, for A24 (kernel
// 2022-0185), nested user namespaces.
import t from 'tap';
import { Attack } from './support.ts';

const source = `
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
static void show(const char* what, long result) { printf("%s %d\\n", what, result < 0 ? errno : 0); }
int main(void) {
  errno = 0;
  show("tioclinux", syscall(SYS_ioctl, 0, 0x541c, "x"));
  show("af_alg", socket(38, SOCK_SEQPACKET, 0));
  show("af_vsock", socket(40, SOCK_STREAM, 0));
  show("unknown", syscall(9999));
  show("x32", syscall(0x40000000L + SYS_getpid));
  show("userns", unshare(CLONE_NEWUSER));
  for (int bit = 0; bit < 31; ++bit) {
    long flag = 1L << bit;
    if ((flag & 0x7e020000L) == 0) continue;
    long pid = syscall(SYS_clone, flag | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) _exit(0);
    if (pid > 0 || errno != EPERM) printf("flag-%lx %ld\\n", flag, pid > 0 ? 0L : (long)errno);
  }
  long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) _exit(0);
  show("fork", child);
  show("clone3", syscall(SYS_clone3, 0, 0));
  show("keyctl", syscall(SYS_keyctl, 0, -3, 0));
  show("bpf", syscall(SYS_bpf, 0, 0, 0));
  show("inet", socket(AF_INET, SOCK_STREAM, 0));
  return 0;
}`;
const eperm = '1';
const enosys = '38';

t.test('system calls', async (t) => {
  const attack = new Attack();
  const image = attack.image('calls', [attack.probe('probe', source)]);
  const { stdout, stderr } = attack.run(image, 'probe');
  const result = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')),
  );
  for (const name of ['tioclinux', 'af_alg', 'af_vsock', 'userns'])
    t.equal(result[name], eperm, `${name} ${stderr}`);
  t.equal(result['unknown'], enosys, 'unknown');
  t.equal(result['clone3'], enosys, 'clone3, whose flags a filter cannot see');
  for (const name of ['x32', 'keyctl', 'bpf']) t.not(result[name], '0', name);
  const other = Object.keys(result).filter((name) => name.startsWith('flag-'));
  t.same(other, [], 'clone with a flag for a namespace is not permitted, rather than unknown');
  t.equal(result['fork'], '0');
  t.equal(result['inet'], '0', 'ordinary sockets work');
  t.same(attack.close(), []);
});
