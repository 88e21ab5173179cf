#include "worker/confine.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif

namespace bryo {
namespace {

// Before the second version linking between directories is always refused: unusable here.
constexpr int kNeededVersion = 2;

constexpr uint64_t kWriting =
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
    LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

void Landlock(int directory) {
  long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < kNeededVersion) return;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kWriting;
  auto ruleset = static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0));
  if (ruleset < 0) return;
  landlock_path_beneath_attr beneath{};
  beneath.allowed_access = kWriting;
  beneath.parent_fd = directory;
  bool ruled = directory < 0 || ::syscall(SYS_landlock_add_rule, ruleset,
                                          LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
  if (ruled) ::syscall(SYS_landlock_restrict_self, ruleset, 0);
  ::close(ruleset);
}

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr uint32_t kOtherAbi = 0x40000000;  // x32: the same architecture, other numbers
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr uint32_t kOtherAbi = 0xffffffff;
#endif

// What a parser of archives never does: run programs, talk to anybody, change namespaces or mounts,
// look into processes, reach the parts of the kernel that have often been broken.
constexpr uint32_t kDenied[] = {
    SYS_execve,         SYS_execveat,     SYS_socket,          SYS_socketpair,
    SYS_connect,        SYS_bind,         SYS_listen,          SYS_accept,
    SYS_accept4,        SYS_sendto,       SYS_sendmsg,         SYS_pidfd_getfd,
#ifndef __SANITIZE_ADDRESS__  // which stops and reads its own process to find leaks
    SYS_ptrace,         SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill, SYS_tkill,
#endif
    SYS_mount,        SYS_umount2,         SYS_pivot_root,
    SYS_chroot,         SYS_fsopen,       SYS_fsmount,         SYS_move_mount,
    SYS_open_tree,      SYS_mount_setattr, SYS_unshare,        SYS_setns,
    SYS_bpf,            SYS_perf_event_open, SYS_userfaultfd,  SYS_io_uring_setup,
    SYS_add_key,        SYS_request_key,  SYS_keyctl,          SYS_init_module,
    SYS_finit_module,   SYS_kexec_load,   SYS_reboot,          SYS_swapon,
    SYS_open_by_handle_at, SYS_personality,
};
constexpr size_t kDeniedCount = sizeof(kDenied) / sizeof(kDenied[0]);

// Written out as instructions: libseccomp would be one more library in this process.
void DenySystemCalls() {
  sock_filter program[kDeniedCount + 7] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kOtherAbi, kDeniedCount + 1, 0),
  };
  size_t at = 5;
  for (size_t i = 0; i < kDeniedCount; ++i) {
    auto to_denial = static_cast<uint8_t>(kDeniedCount - i);
    program[at++] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kDenied[i], to_denial, 0);
  }
  program[at++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program[at++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
  const sock_fprog filter{static_cast<unsigned short>(at), program};
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

}  // namespace

void ConfineCalls() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  DenySystemCalls();
}

void ConfineTo(int directory) {
  ConfineCalls();
  Landlock(directory);
}

}  // namespace bryo
