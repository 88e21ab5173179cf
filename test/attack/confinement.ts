/** Programs with the confinement of one of bryo's, which try what they may do. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { projectDir } from '../support/product.ts';

/** A confinement, in C++. `Tell(WHAT, RESULT)` says whether a system call was let through. */
export interface Confinement {
  /** Beside those for what nobody needs. */
  headers: readonly string[];
  /** Files of addon/ that it is in. */
  sources: readonly string[];
  /** Expression of a bool, by which it is taken on. */
  confine: string;
  /** Statements that tell of what it allows; `directory` has a file called "file", `memory` is ours. */
  allowed: string;
  /** Statements that tell of what it refuses beside what nobody needs. */
  refused: string;
}

const headers = [
  ...['errno', 'fcntl', 'linux/openat2', 'netinet/in', 'sched', 'signal', 'stdio', 'sys/ioctl'],
  ...['sys/mman', 'sys/resource', 'sys/socket', 'sys/stat', 'sys/syscall', 'unistd'],
];

/** System calls that none of bryo's confined servers needs. */
const needless = `
  Tell("program", syscall(SYS_execve, "/bin/true", 0, 0));
  Tell("program by descriptor", syscall(SYS_execveat, directory, "file", 0, 0, 0));
  Tell("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
  Tell("sibling", syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0));
  Tell("clone3", syscall(SYS_clone3, 0, 0));
  Tell("write", openat(directory, "file", O_WRONLY));
  Tell("create", openat(directory, "new", O_RDONLY | O_CREAT, 0600));
  Tell("truncate", openat(directory, "file", O_RDONLY | O_TRUNC));
  Tell("openat2", syscall(SYS_openat2, directory, "file", &how, sizeof(how)));
  Tell("remove", syscall(SYS_unlinkat, directory, "file", 0));
  Tell("rename", syscall(SYS_renameat2, directory, "file", directory, "moved", 0));
  Tell("chmod", syscall(SYS_fchmodat, directory, "file", 0777));
  Tell("socket of the machine", socket(AF_UNIX, SOCK_STREAM, 0));
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
`;

function programOf({ headers: own, confine, allowed, refused }: Confinement): string {
  const includes = [...headers.map((name) => `<${name}.h>`), ...own];
  return `${includes.map((name) => `#include ${name}\n`).join('')}
static void Tell(const char* what, long result) {
  dprintf(1, "%s: %d\\n", what, result < 0 ? errno : 0);
}

int main(int, char** argv) {
  int directory = open(argv[1], O_RDONLY | O_DIRECTORY);
  if (!(${confine})) return 1;
  open_how how{};
  struct stat st;
  void* memory = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Tell("fine: memory", memory == MAP_FAILED ? -1 : 0);
  Tell("fine: read", openat(directory, "file", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  Tell("fine: look", fstatat(directory, "file", &st, AT_SYMLINK_NOFOLLOW));
  ${allowed}
  ${needless}
  ${refused}
}
`;
}

/** Has such a program try everything: so many calls are allowed and refused in all. */
export function checkConfinement(
  t: Test,
  confinement: Confinement,
  counts: { allowed: number; refused: number },
): void {
  const directory = mkdtempSync(join(tmpdir(), 'bryo-confinement-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const addon = join(projectDir, 'addon');
  const program = join(directory, 'probe');
  writeFileSync(`${program}.cc`, programOf(confinement));
  writeFileSync(join(directory, 'file'), 'line\n');
  const sources = confinement.sources.map((name) => join(addon, name));
  const flags = ['-std=c++20', '-D_GNU_SOURCE', '-I', addon, '-o', program];
  execFileSync('c++', [...flags, `${program}.cc`, ...sources]);
  const found = execFileSync(program, [directory], { encoding: 'utf8' }).trim().split('\n');
  const split = (isFine: boolean) =>
    found.filter((line) => line.startsWith('fine: ') === isFine).map((line) => line.split(': '));
  const [fine, others] = [split(true), split(false)];
  t.equal(fine.length, counts.allowed);
  for (const [, what, error] of fine) t.equal(error, '0', `${what} works`);
  t.equal(others.length, counts.refused);
  for (const [what, error] of others) t.equal(error, String(constants.errno.EPERM), `no ${what}`);
  t.equal(readFileSync(join(directory, 'file'), 'utf8'), 'line\n');
}
