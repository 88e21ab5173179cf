#include "net/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "sys/call_filter.h"
#include "sys/capabilities.h"
#include "sys/limits.h"
#include "sys/sanitized.h"

namespace bryo {
namespace {

// Of the bridges' namespaces: to enter their network, to set it up, and what slirp4netns gives up
// itself by CAP_SETPCAP.
constexpr uint64_t kHolderKeeps = 1ULL << CAP_SYS_ADMIN | 1ULL << CAP_NET_ADMIN |
                                  1ULL << CAP_NET_BIND_SERVICE | 1ULL << CAP_SETPCAP;

constexpr long kRefused[] = {
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_kcmp,
    SYS_process_madvise,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_open_by_handle_at,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_fanotify_init,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_mbind,
    SYS_personality,
    SYS_chroot,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_vhangup,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_open_tree,
    SYS_move_mount,
    SYS_mount_setattr,
    SYS_mknodat,
};

constexpr long kServing[] = {
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
    // Containers, servers, the holder.
    SYS_ppoll,
    SYS_epoll_pwait,
    SYS_epoll_ctl,
    SYS_accept4,
    SYS_connect,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_sendto,
    SYS_sendmsg,
    SYS_getsockname,
    SYS_getpeername,
    SYS_shutdown,
    SYS_splice,
    SYS_pipe2,
    SYS_read,
    SYS_write,
    SYS_close,
    // Files of networks.
    SYS_fstat,
    SYS_newfstatat,
    SYS_getdents64,
    SYS_lseek,
    // Memory, time and the end.
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_getrandom,
    SYS_clock_gettime,
    SYS_timerfd_settime,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    SYS_exit_group,
};

constexpr uint32_t kHowToRead = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_LARGEFILE | O_DIRECTORY;

constexpr CallCondition kServingWhen[] = {
    {SYS_openat, 2, ~kHowToRead, O_RDONLY},
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
};

constexpr uint32_t kFileCommands[] = {F_DUPFD_CLOEXEC, F_GETFL, F_SETFD, F_OFD_GETLK, F_SETPIPE_SZ};
constexpr uint32_t kSocketOptions[] = {TCP_NODELAY, SO_KEEPALIVE, SO_LINGER, SO_RCVBUF,
                                       SO_RCVTIMEO};

// Streams and datagrams of the internet by their usual protocols, and the kernel's own addresses
// (NETLINK_ROUTE is 0 as well). Raw ones take a capability.
constexpr sock_filter kSockets[] = {
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 8),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PlaceOfArgument(2)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PlaceOfArgument(0)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
};

Status KeepOnly(uint64_t kept) {
  Status bound = BoundCapabilities(kept);
  return bound.ok() ? KeepCapabilities(kept) : bound;
}

}  // namespace

Status ConfineHolder() {
  Status kept = KeepOnly(kHolderKeeps);
  if (!kept.ok()) return kept;
  CallFilter filter;
  filter.Refuse(kRefused, EPERM);
  return filter.InstallAllowing();
}

Status ConfineServices() {
  Status confined = KeepOnly(0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (confined.ok()) confined = ForbidResources();
  if (!confined.ok()) return confined;
  if (kSanitized) return {};
  CallFilter filter;
  filter.Allow(kServing);
  filter.AllowWhen(kServingWhen);
  filter.AllowOneOf(SYS_fcntl, 1, kFileCommands);
  filter.AllowOneOf(SYS_setsockopt, 2, kSocketOptions);
  filter.AllowOneOf(SYS_getsockopt, 2, std::array<uint32_t, 1>{SO_ERROR});
  filter.AllowOneOf(SYS_ioctl, 1, std::array<uint32_t, 1>{SIOCGIFINDEX});
  filter.Add(kSockets);
  return filter.InstallRefusing(EPERM);
}

}  // namespace bryo
