// Thin wrappers for system calls that glibc 2.36 lacks or wraps unhelpfully.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

namespace bryo::sys {

// fchmodat2 has the same number on every architecture.
inline constexpr long kFchmodat2 = 452;

// The kernel gives up with EAGAIN when anything anywhere is renamed or mounted while it resolves a
// path with ".." in it (openat2(2)).
inline constexpr int kOpenTries = 1000;

inline int openat2(int dirfd, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  open_how how{};
  how.flags = flags;
  how.mode = mode;
  how.resolve = resolve;
  int fd = -1;
  for (int tries = 0; tries < kOpenTries; ++tries) {
    fd = static_cast<int>(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  return fd;
}

// ENOSYS before Linux 6.6.
inline int fchmodat2(int dirfd, const char* path, mode_t mode, unsigned flags) {
  return static_cast<int>(syscall(kFchmodat2, dirfd, path, mode, flags));
}

inline pid_t clone3(clone_args& args) {
  return static_cast<pid_t>(syscall(SYS_clone3, &args, sizeof(args)));
}

inline int pidfd_open(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

inline int pidfd_send_signal(int pidfd, int signal) {
  return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0));
}

inline int pivot_root(const char* new_root, const char* put_old) {
  return static_cast<int>(syscall(SYS_pivot_root, new_root, put_old));
}

}  // namespace bryo::sys
