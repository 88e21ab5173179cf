// Container operations on what is neither the filesystem nor the credentials: names, sysctls,
// limits, the loopback interface, the session keyring.
#include <fcntl.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "launcher/context.h"
#include "sys/io.h"

namespace bryo {

Status Run(LaunchContext&, const OpHostname& op) {
  return ::sethostname(op.name.c_str(), op.name.size()) == 0 ? Status()
                                                             : Status::Errno("sethostname");
}

Status Run(LaunchContext&, const OpDomainname& op) {
  return ::setdomainname(op.name.c_str(), op.name.size()) == 0 ? Status()
                                                               : Status::Errno("setdomainname");
}

// Written through the private procfs: whatever the image did to /proc cannot redirect it.
Status Run(LaunchContext& context, const OpSysctl& op) {
  std::string path = "sys/";
  for (char c : op.key) path += c == '.' ? '/' : c;
  if (path.find("..") != std::string::npos) return Status::Errno("sysctl " + op.key, EINVAL);
  if (!WriteFileAt(context.proc.get(), path.c_str(), op.value)) {
    return Status::Errno("sysctl " + op.key);
  }
  return {};
}

Status Run(LaunchContext&, const OpLoopbackUp&) {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return Status::Errno("socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return Status::Errno("lo");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  return ::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0 ? Status() : Status::Errno("lo up");
}

Status Run(LaunchContext&, const OpRlimit& op) {
  rlimit limit{op.soft, op.hard};
  rlimit own{};
  auto resource = static_cast<__rlimit_resource>(op.resource);
  // Without privileges over the host a hard limit only goes down.
  if (op.at_most && ::getrlimit(resource, &own) == 0) {
    limit.rlim_max = std::min(limit.rlim_max, own.rlim_max);
    limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  }
  if (::setrlimit(resource, &limit) != 0) {
    return Status::Errno("setrlimit");
  }
  return {};
}

Status Run(LaunchContext& context, const OpOomScoreAdj& op) {
  std::string value = std::to_string(op.value);
  return WriteFileAt(context.proc.get(), "self/oom_score_adj", value)
             ? Status()
             : Status::Errno("oom_score_adj");
}

Status Run(LaunchContext&, const OpUmask& op) {
  ::umask(static_cast<mode_t>(op.mask));
  return {};
}

// A new session keyring hides the caller's keys. Kernels without keys (ENOSYS) have none to hide;
// a used-up key quota (EDQUOT) must not let the container keep the caller's ring, so it fails.
Status Run(LaunchContext&, const OpKeyring& op) {
  if (::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, op.name.c_str()) < 0 && errno != ENOSYS) {
    return Status::Errno("join session keyring");
  }
  return {};
}

}  // namespace bryo
