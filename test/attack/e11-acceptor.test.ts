/**
 * E11: what takes hold of the process that clients of the API speak to (by the bytes of a client, or of a
 * container whose log or terminal it passes on) has neither programs nor files to write, nor sockets.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { eventually } from '../support/bryo.ts';
import { projectDir } from '../support/product.ts';
import { requirePrograms } from '../support/requirements.ts';
import { Service } from '../support/service.ts';
import { Attack } from './support.ts';

requirePrograms('c++');

/** A program with the confinement of the acceptor, which then tries what is named in its output. */
const probe = `
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "api/confine.h"

static void Tell(const char* what, long result) {
  dprintf(1, "%s: %d\\n", what, result < 0 ? errno : 0);
}

int main(int, char** argv) {
  int log = open(argv[1], O_RDONLY | O_DIRECTORY);
  int pair[2];
  char byte = 0;
  if (!bryo::api::ConfineAcceptor().ok()) return 1;
  open_how how{};
  // What serving takes.
  Tell("fine: channel", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
  Tell("fine: send", send(pair[0], "x", 1, MSG_NOSIGNAL));
  Tell("fine: receive", recv(pair[1], &byte, 1, 0));
  Tell("fine: next log", openat(log, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat st;
  Tell("fine: look", fstatat(log, "log", &st, AT_SYMLINK_NOFOLLOW));
  void* memory = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Tell("fine: memory", memory == MAP_FAILED ? -1 : 0);
  // What nobody there needs.
  Tell("program", syscall(SYS_execve, "/bin/true", 0, 0));
  Tell("program by descriptor", syscall(SYS_execveat, log, "log", 0, 0, 0));
  Tell("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  Tell("sibling", syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0));
  Tell("clone3", syscall(SYS_clone3, 0, 0));
  Tell("write", openat(log, "log", O_WRONLY));
  Tell("create", openat(log, "new", O_RDONLY | O_CREAT, 0600));
  Tell("truncate", openat(log, "log", O_RDONLY | O_TRUNC));
  Tell("openat2", syscall(SYS_openat2, log, "log", &how, sizeof(how)));
  Tell("remove", syscall(SYS_unlinkat, log, "log", 0));
  Tell("rename", syscall(SYS_renameat2, log, "log", log, "moved", 0));
  Tell("chmod", syscall(SYS_fchmodat, log, "log", 0777));
  Tell("internet", socket(AF_INET, SOCK_STREAM, 0));
  Tell("socket", socket(AF_UNIX, SOCK_STREAM, 0));
  Tell("connect", connect(pair[0], 0, 0));
  Tell("pair of others", socketpair(AF_INET, SOCK_STREAM, 0, pair));
  Tell("kill", kill(getppid(), 0));
  Tell("trace", syscall(SYS_ptrace, 16, 1, 0, 0));
  Tell("memory of others", syscall(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0));
  Tell("descriptor of others", syscall(SYS_pidfd_getfd, 0, 0, 0));
  Tell("unshare", syscall(SYS_unshare, 0x10000000));
  Tell("join", syscall(SYS_setns, log, 0));
  Tell("mount", syscall(SYS_mount, "x", "/", "tmpfs", 0, 0));
  Tell("code", mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
       MAP_FAILED ? -1 : 0);
  Tell("turned code", mprotect(memory, 4096, PROT_READ | PROT_EXEC));
  Tell("other limits", syscall(SYS_prlimit64, 0, RLIMIT_NPROC, 0, 0));
  Tell("io_uring", syscall(SYS_io_uring_setup, 1, 0));
  Tell("bpf", syscall(SYS_bpf, 0, 0, 0));
}
`;

const directory = mkdtempSync(join(tmpdir(), 'bryo-acceptor-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));

t.test('the acceptor can do what serving takes, and nothing else', async (t) => {
  const addon = join(projectDir, 'addon');
  const program = join(directory, 'probe');
  writeFileSync(`${program}.cc`, probe);
  writeFileSync(join(directory, 'log'), 'line\n');
  const sources = ['api/confine.cc', 'sys/call_filter.cc'].map((name) => join(addon, name));
  const flags = ['-std=c++20', '-D_GNU_SOURCE', '-I', addon, '-o', program];
  execFileSync('c++', [...flags, `${program}.cc`, ...sources]);
  const found = execFileSync(program, [directory], { encoding: 'utf8' }).trim().split('\n');
  const split = (isFine: boolean) =>
    found.filter((line) => line.startsWith('fine: ') === isFine).map((line) => line.split(': '));
  const [fine, others] = [split(true), split(false)];
  t.equal(fine.length, 6);
  for (const [, what, error] of fine) t.equal(error, '0', `${what} works`);
  t.equal(others.length, 28);
  for (const [what, error] of others) t.equal(error, String(constants.errno.EPERM), `no ${what}`);
  t.equal(readFileSync(join(directory, 'log'), 'utf8'), 'line\n');
});

t.test('it is so confined while it serves, and its workers are not', async (t) => {
  const attack = new Attack();
  const { sandbox } = attack;
  const service = new Service(sandbox);
  t.teardown(() => service.stop());
  await service.ready();
  const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');
  const own = status(service.child.pid ?? 0);
  t.match(own, /^Name:\tbryo-api$/m);
  t.match(own, /^Seccomp:\t2$/m);
  t.match(own, /^NoNewPrivs:\t1$/m);
  const limits = readFileSync(`/proc/${service.child.pid}/limits`, 'utf8');
  t.match(limits, /^Max processes +0 +0 /m);
  // Twin: a worker starts containers, for which setuid programs write the maps of ids.
  const image = attack.image('served', []);
  const body = { Image: image, Cmd: ['echo', 'served'], HostConfig: { NetworkMode: 'none' } };
  const made = await service.ask('POST', '/containers/create?name=c', body);
  t.equal(made.status, 201, made.body);
  t.equal((await service.ask('POST', '/containers/c/start')).status, 204);
  t.equal((await service.ask('POST', '/containers/c/wait')).status, 200);
  t.match((await service.ask('GET', '/containers/c/logs?stdout=1')).body, /served/);
  for (const pid of service.workers()) {
    t.match(status(pid), /^Seccomp:\t0$/m);
    t.match(status(pid), /^NoNewPrivs:\t0$/m);
  }
  t.equal((await service.ask('DELETE', '/containers/c')).status, 204);
  t.equal(await service.stop(), 0);
  await eventually('nothing of it is left', () => service.workers().length === 0);
  t.same(attack.close(), []);
});
