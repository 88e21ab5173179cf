/**
 * A library that is loaded into the worker: when its work is done it tries, in the same process, what
 * nobody there needs. It writes a line for each try: 0 for what went well, else the errno.
 */
export const probeOfLimits = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OUT = 96, STATUS = 97, VICTIM = 98 };
static struct stat root;

static int is_worker(void) { return strcmp(program_invocation_short_name, "bryo-worker") == 0; }

static void keep(int fd, int number) {
  dup2(fd, number);
  close(fd);
}

__attribute__((constructor)) static void before(void) {
  if (!is_worker()) return;
  keep(open(getenv("PROBE_OUT"), O_WRONLY | O_APPEND), OUT);
  keep(open("/proc/self/status", O_RDONLY), STATUS);
  keep(open(getenv("PROBE_VICTIM"), O_PATH | O_DIRECTORY), VICTIM);
  stat("/", &root);
}

static void tell(const char *what, long result) {
  char line[64];
  int size = snprintf(line, sizeof line, "%s: %d\\n", what, result < 0 ? errno : 0);
  write(OUT, line, size);
}

__attribute__((destructor)) static void after(void) {
  if (!is_worker()) return;
  char text[4096];
  ssize_t size = read(STATUS, text, sizeof text);
  write(OUT, text, size > 0 ? size : 0);
  struct stat now;
  tell("same root", fstatat(AT_FDCWD, "/", &now, 0) != 0 || now.st_ino != root.st_ino ||
       now.st_dev != root.st_dev ? (errno = EXDEV, -1) : 0);
  tell("read", openat(VICTIM, "canary", O_RDONLY));
  tell("write", openat(VICTIM, "new", O_WRONLY | O_CREAT, 0600));
  tell("chmod", syscall(SYS_fchmodat, VICTIM, "canary", 0777));
  tell("chown", syscall(SYS_fchownat, VICTIM, "canary", -1, -1, 0));
  tell("lsetxattr", syscall(SYS_setxattr, "/", "user.x", "v", 1, 0));
  tell("socket", syscall(SYS_socket, 1, 1, 0));
  tell("execve", syscall(SYS_execve, "/bin/true", 0, 0));
  tell("fork", syscall(SYS_clone, 17, 0, 0, 0, 0));
  tell("unshare", syscall(SYS_unshare, 0x10000000));
  tell("mount", syscall(SYS_mount, "x", "/", "tmpfs", 0, 0));
  tell("chroot", syscall(SYS_chroot, "/"));
  tell("ptrace", syscall(SYS_ptrace, 0, 0, 0, 0));
  tell("kill", syscall(SYS_kill, 1, 0));
  tell("io_uring", syscall(SYS_io_uring_setup, 1, 0));
  tell("bpf", syscall(SYS_bpf, 0, 0, 0));
  tell("executable memory",
       mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
  const char *abi = getenv("PROBE_ABI");
#ifdef __x86_64__
  long result = 20;
  if (abi && strcmp(abi, "i386") == 0) __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
  if (abi && strcmp(abi, "x32") == 0) syscall(0x40000000 | SYS_getpid);
#endif
  if (abi) tell("alive", 0);
}
`;
