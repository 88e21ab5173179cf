#include "relay/confine.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sys/call_filter.h"

namespace bryo {
namespace {

constexpr long kAllowed[] = {
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
    SYS_epoll_pwait,     SYS_epoll_ctl, SYS_recvmsg,    SYS_recvfrom,      SYS_sendmsg,
    SYS_sendto,          SYS_connect,   SYS_accept4,    SYS_splice,        SYS_shutdown,
    SYS_getpeername,     SYS_pipe2,     SYS_fcntl,      SYS_bind,          SYS_setsockopt,
    SYS_getsockopt,      SYS_close,     SYS_exit_group, SYS_clock_gettime, SYS_rt_sigreturn,
    SYS_restart_syscall,
};

// Streams and datagrams of the internet only: CAP_NET_RAW would open others.
constexpr sock_filter kInternetSockets[] = {
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 8),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PlaceOfArgument(0)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 5),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PlaceOfArgument(1)),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_STREAM, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_DGRAM, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
};

}  // namespace

Status ConfineRelay(ShownClients shown) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct kept[2] = {};
  if (shown.streams || shown.datagrams) kept[0].permitted |= 1U << CAP_NET_RAW;
  if (shown.datagrams) kept[0].permitted |= 1U << CAP_NET_ADMIN | 1U << CAP_NET_BIND_SERVICE;
  kept[0].effective = kept[0].permitted;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (::syscall(SYS_capset, &header, kept) != 0) return Status::Errno("capabilities");
  CallFilter filter;
  filter.Allow(kAllowed);
  filter.Add(kInternetSockets);
  return filter.InstallRefusing(EPERM);
}

}  // namespace bryo
