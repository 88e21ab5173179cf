#include "worker/filter.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdint>

#include "sys/call_filter.h"
#include "sys/sanitized.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// Open descriptors, memory, threads and the end.
constexpr long kStreamCalls[] = {
    SYS_read,
    SYS_write,
    SYS_futex,
    SYS_close,
    SYS_newfstatat,
    SYS_fstat,
    SYS_fstatfs,
    SYS_lseek,
    SYS_readv,
    SYS_writev,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_set_robust_list,
    SYS_rseq,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_restart_syscall,
    SYS_getrandom,
    SYS_getpid,
    SYS_gettid,
    SYS_geteuid,
    SYS_exit,
    SYS_exit_group,
};

// A tree: its names, what is in files, what is said of them.
constexpr long kReadCalls[] = {
    SYS_openat,    SYS_openat2,    SYS_getdents64, SYS_readlinkat, SYS_statx,
    SYS_fgetxattr, SYS_flistxattr, SYS_faccessat,  SYS_faccessat2,
};

// Of chmod(2) and its kin only what takes a descriptor: their names lead through links.
constexpr long kRemoveCalls[] = {SYS_unlinkat, SYS_renameat, SYS_fchmod, sys::kFchmodat2};

constexpr long kWriteCalls[] = {
    SYS_mkdirat,   SYS_mknodat,   SYS_symlinkat, SYS_linkat,          SYS_fchown,
    SYS_fsetxattr, SYS_utimensat, SYS_ftruncate, SYS_copy_file_range, SYS_sendfile,
};

constexpr uint32_t kThread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
constexpr uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr CallCondition kStreamConditions[] = {
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
    {SYS_clone, 0, kThread | kNamespaces, kThread},
};
// Calls that reading a directory takes: F_SETFD and F_GETFL.
constexpr CallCondition kReadConditions[] = {{SYS_fcntl, 1, ~1U, F_SETFD& F_GETFL}};
constexpr CallCondition kWriteConditions[] = {
    {SYS_ioctl, 1, ~0U, FICLONE},
    {SYS_fchownat, 4, AT_EMPTY_PATH, AT_EMPTY_PATH},
};

}  // namespace

Status FilterCalls(Duty duty) {
  if (kSanitized) return {};
  CallFilter filter;
  filter.Allow(kStreamCalls);
  filter.AllowWhen(kStreamConditions);
  if (duty != Duty::kStream) {
    filter.Allow(kReadCalls);
    filter.AllowWhen(kReadConditions);
  }
  if (duty == Duty::kRemove || duty == Duty::kWrite) filter.Allow(kRemoveCalls);
  if (duty == Duty::kWrite) {
    filter.Allow(kWriteCalls);
    filter.AllowWhen(kWriteConditions);
  }
  return filter.InstallRefusing(ENOSYS);
}

}  // namespace bryo
