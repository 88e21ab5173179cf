#include "api/confine.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include <cerrno>

#include "sys/call_filter.h"
#include "sys/limits.h"
#include "sys/sanitized.h"

namespace bryo::api {
namespace {

constexpr long kAllowed[] = {
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
    // Connections, channels, logs.
    SYS_epoll_pwait,
    SYS_epoll_ctl,
    SYS_ppoll,
    SYS_accept4,
    SYS_recvfrom,
    SYS_recvmsg,
    SYS_sendto,
    SYS_sendmsg,
    SYS_shutdown,
    SYS_setsockopt,
    SYS_getsockopt,
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat,
    // Workers that have ended.
    SYS_wait4,
    // Memory, time and the end.
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_futex,
    SYS_getrandom,
    SYS_geteuid,
    SYS_sched_getaffinity,
    SYS_clock_gettime,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_restart_syscall,
    SYS_exit_group,
};

constexpr uint32_t kHowToRead = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_LARGEFILE;

constexpr CallCondition kConditions[] = {
    {SYS_openat, 2, ~kHowToRead, O_RDONLY},  // the next file of a log
    {SYS_socketpair, 0, ~0U, AF_UNIX},       // the channel of a worker
    {SYS_mmap, 2, PROT_EXEC, 0},
    {SYS_mprotect, 2, PROT_EXEC, 0},
};

}  // namespace

Status ConfineAcceptor() {
  // Reads the time zone's file, which whoever first writes a date would.
  ::tzset();
  if (kSanitized) return {};
  Status limited = ForbidResources();
  if (!limited.ok()) return limited;
  CallFilter filter;
  filter.Allow(kAllowed);
  filter.AllowWhen(kConditions);
  return filter.InstallRefusing(EPERM);
}

}  // namespace bryo::api
