#include "worker/filter.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "sys/audit_architecture.h"
#include "sys/syscalls.h"
#include "worker/sanitized.h"

namespace bryo {
namespace {

constexpr uint32_t kOtherNumbers = 0x40000000;  // x32: the same architecture, other numbers

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

// A call that is allowed when these bits of an argument are so.
struct Condition {
  long number;
  uint32_t argument;
  uint32_t mask;
  uint32_t value;
};

constexpr uint32_t kThread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
constexpr uint32_t kNamespaces = CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                 CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr Condition kStreamConditions[] = {
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
    {SYS_clone, 0, kThread | kNamespaces, kThread},
};
// Calls that reading a directory takes: F_SETFD and F_GETFL.
constexpr Condition kReadConditions[] = {{SYS_fcntl, 1, ~1U, F_SETFD& F_GETFL}};
constexpr Condition kWriteConditions[] = {
    {SYS_ioctl, 1, ~0U, FICLONE},
    {SYS_fchownat, 4, AT_EMPTY_PATH, AT_EMPTY_PATH},
};

class Program {
 public:
  Program() {
    Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kAuditArchitecture, 1, 0));
    Return(SECCOMP_RET_KILL_PROCESS);
    Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
    Add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kOtherNumbers, 0, 1));
    Return(SECCOMP_RET_KILL_PROCESS);
#endif
  }

  template <size_t N>
  void Allow(const long (&numbers)[N]) {
    for (long number : numbers) {
      Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1));
      Return(SECCOMP_RET_ALLOW);
    }
  }

  // The low word of an argument comes first on all of these machines.
  template <size_t N>
  void AllowWhen(const Condition (&conditions)[N]) {
    for (const Condition& when : conditions) {
      auto place = static_cast<uint32_t>(offsetof(seccomp_data, args) + size_t{8} * when.argument);
      Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(when.number), 0, 5));
      Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, place));
      Add(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, when.mask));
      Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, when.value, 0, 1));
      Return(SECCOMP_RET_ALLOW);
      Return(SECCOMP_RET_ERRNO | EPERM);
    }
  }

  Status Load() {
    Return(SECCOMP_RET_ERRNO | ENOSYS);
    const sock_fprog filter{static_cast<unsigned short>(code_.size()), code_.data()};
    bool loaded = ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
    return loaded ? Status() : Status::Errno("cannot filter system calls");
  }

 private:
  void Add(const sock_filter& step) { code_.push_back(step); }
  void Return(uint32_t verdict) { Add(BPF_STMT(BPF_RET | BPF_K, verdict)); }

  std::vector<sock_filter> code_;
};

}  // namespace

Status FilterCalls(Duty duty) {
  if (kSanitized) return {};
  Program program;
  program.Allow(kStreamCalls);
  program.AllowWhen(kStreamConditions);
  if (duty != Duty::kStream) {
    program.Allow(kReadCalls);
    program.AllowWhen(kReadConditions);
  }
  if (duty == Duty::kRemove || duty == Duty::kWrite) program.Allow(kRemoveCalls);
  if (duty == Duty::kWrite) {
    program.Allow(kWriteCalls);
    program.AllowWhen(kWriteConditions);
  }
  return program.Load();
}

}  // namespace bryo
