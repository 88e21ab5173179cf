// Container operations that take from the process what it could do by system calls.
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "launcher/context.h"
#include "launcher/sync.h"

namespace bryo {

Status Run(LaunchContext&, const OpNoNewPrivs&) {
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? Status() : Status::Errno("no_new_privs");
}

Status Run(LaunchContext& context, const OpSeccomp& op) {
  if (op.program.empty() || op.program.size() % sizeof(sock_filter) != 0 ||
      op.program.size() / sizeof(sock_filter) > BPF_MAXINSNS) {
    return Status::Errno("seccomp program", EINVAL);
  }
  Status resolved = ResolveIdentityAhead(context);
  if (!resolved.ok()) return resolved;
  std::vector<sock_filter> filter(op.program.size() / sizeof(sock_filter));
  std::memcpy(filter.data(), op.program.data(), op.program.size());
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  unsigned flags = op.flags | (op.listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0U);
  long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result < 0) return Status::Errno("seccomp");
  if (!op.listener) return {};
  UniqueFd listener(static_cast<int>(result));
  SyncMessage message{};
  message.type = SyncType::kListener;
  return SendSync(context.sync_fd, message, listener.get()) ? Status()
                                                            : Status::Errno("seccomp listener");
}

// Landlock's scopes: abstract sockets and signals reach only processes in the container, also where
// it shares the host's network or pid namespace (landlock(7)).
Status Run(LaunchContext&, const OpLandlock& op) {
  struct {
    uint64_t handled_access_fs = 0;
    uint64_t handled_access_net = 0;
    uint64_t scoped;
  } attributes{.scoped = op.scopes};
  UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!ruleset.valid() || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return Status::Errno("landlock");
  }
  return {};
}

}  // namespace bryo
