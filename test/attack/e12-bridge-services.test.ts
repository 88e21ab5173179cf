/**
 * E12: what takes hold of the process that answers names and carries connections of containers on bridges (by the
 * bytes of a container, or of a server that it asks) has neither programs nor files to write, no rights over the
 * bridges' network, and no more of the kernel than serving takes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually, Sandbox } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';

requirePrograms('c++', 'slirp4netns', 'nft');

/** A program with the confinement of the services, which then tries what is named in its output. */
const probe = `
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include "net/confine.h"

static void Tell(const char* what, long result) {
  dprintf(1, "%s: %d\\n", what, result < 0 ? errno : 0);
}

int main(int, char** argv) {
  int directory = open(argv[1], O_RDONLY | O_DIRECTORY);
  if (!bryo::ConfineServices().ok()) return 1;
  int pair[2];
  int on = 1;
  open_how how{};
  struct stat st;
  ifreq request{};
  struct flock lock{};
  lock.l_type = F_WRLCK;
  sockaddr_in to{AF_INET, htons(53), {htonl(INADDR_LOOPBACK)}, {}};
  // What serving takes.
  int stream = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int datagrams = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  Tell("fine: stream", stream);
  Tell("fine: datagrams", datagrams);
  Tell("fine: connect", connect(datagrams, reinterpret_cast<sockaddr*>(&to), sizeof(to)));
  Tell("fine: addresses", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  Tell("fine: option", setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
  Tell("fine: pipe", pipe2(pair, O_CLOEXEC | O_NONBLOCK));
  Tell("fine: width", fcntl(pair[1], F_SETPIPE_SZ, 65536));
  int file = openat(directory, "names", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  Tell("fine: names", file);
  Tell("fine: lease", fcntl(file, F_OFD_GETLK, &lock));
  Tell("fine: look", fstatat(directory, "names", &st, AT_SYMLINK_NOFOLLOW));
  void* memory = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Tell("fine: memory", memory == MAP_FAILED ? -1 : 0);
  // What nobody there needs.
  Tell("program", syscall(SYS_execve, "/bin/true", 0, 0));
  Tell("program by descriptor", syscall(SYS_execveat, directory, "names", 0, 0, 0));
  Tell("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  Tell("clone3", syscall(SYS_clone3, 0, 0));
  Tell("write", openat(directory, "names", O_WRONLY));
  Tell("create", openat(directory, "new", O_RDONLY | O_CREAT, 0600));
  Tell("truncate", openat(directory, "names", O_RDONLY | O_TRUNC));
  Tell("openat2", syscall(SYS_openat2, directory, "names", &how, sizeof(how)));
  Tell("remove", syscall(SYS_unlinkat, directory, "names", 0));
  Tell("rename", syscall(SYS_renameat2, directory, "names", directory, "moved", 0));
  Tell("chmod", syscall(SYS_fchmodat, directory, "names", 0777));
  Tell("lock", fcntl(file, F_OFD_SETLK, &lock));
  Tell("owner of signals", fcntl(stream, F_SETOWN, getppid()));
  Tell("socket of the machine", socket(AF_UNIX, SOCK_STREAM, 0));
  Tell("packets", socket(AF_PACKET, SOCK_RAW, 0));
  Tell("firewall", socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER));
  Tell("other protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
  Tell("be reached", bind(stream, 0, 0));
  Tell("listen", listen(stream, 1));
  Tell("filter of a socket", setsockopt(stream, SOL_SOCKET, SO_ATTACH_FILTER, &on, sizeof(on)));
  Tell("bring up an interface", ioctl(datagrams, SIOCSIFFLAGS, &request));
  Tell("terminal", ioctl(0, TIOCSTI, "x"));
  Tell("kill", kill(getppid(), 0));
  Tell("trace", syscall(SYS_ptrace, 16, 1, 0, 0));
  Tell("memory of others", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0));
  Tell("descriptor of others", syscall(SYS_pidfd_getfd, 0, 0, 0));
  Tell("unshare", syscall(SYS_unshare, CLONE_NEWUSER));
  Tell("join", syscall(SYS_setns, directory, 0));
  Tell("mount", syscall(SYS_mount, "x", "/", "tmpfs", 0, 0));
  Tell("code", mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
       MAP_FAILED ? -1 : 0);
  Tell("turned code", mprotect(memory, 4096, PROT_READ | PROT_EXEC));
  Tell("other limits", syscall(SYS_prlimit64, 0, RLIMIT_NPROC, 0, 0));
  Tell("io_uring", syscall(SYS_io_uring_setup, 1, 0));
  Tell("bpf", syscall(SYS_bpf, 0, 0, 0));
}
`;

const directory = mkdtempSync(join(tmpdir(), 'bryo-services-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

t.test('services can do what serving takes, and nothing else', async (t) => {
  const addon = join(projectDir, 'addon');
  const program = join(directory, 'probe');
  writeFileSync(`${program}.cc`, probe);
  writeFileSync(join(directory, 'names'), 'line\n');
  const sources = ['net/confine.cc', 'sys/call_filter.cc'].map((name) => join(addon, name));
  const flags = ['-std=c++20', '-D_GNU_SOURCE', '-I', addon, '-o', program];
  execFileSync('c++', [...flags, `${program}.cc`, ...sources]);
  const found = execFileSync(program, [directory], { encoding: 'utf8' }).trim().split('\n');
  const split = (isFine: boolean) =>
    found.filter((line) => line.startsWith('fine: ') === isFine).map((line) => line.split(': '));
  const [fine, others] = [split(true), split(false)];
  t.equal(fine.length, 11);
  for (const [, what, error] of fine) t.equal(error, '0', `${what} works`);
  t.equal(others.length, 34);
  for (const [what, error] of others) t.equal(error, String(constants.errno.EPERM), `no ${what}`);
  t.equal(readFileSync(join(directory, 'names'), 'utf8'), 'line\n');
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
