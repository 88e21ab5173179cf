#include "sys/capabilities.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace bryo {

Status KeepCapabilities(uint64_t kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (::syscall(SYS_capget, &header, data) != 0) return Status::Errno("capget");
  for (int word = 0; word < 2; ++word) {
    data[word].permitted &= static_cast<uint32_t>(kept >> (32 * word));
    data[word].effective = data[word].permitted;
    data[word].inheritable = 0;
  }
  return ::syscall(SYS_capset, &header, data) == 0 ? Status() : Status::Errno("capset");
}

Status BoundCapabilities(uint64_t kept) {
  for (int cap = 0; cap < 64; ++cap) {
    if ((kept >> cap & 1) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0) {
      if (errno == EINVAL) break;  // the kernel's last capability is behind us
      return Status::Errno("drop a capability from the bounding set");
    }
  }
  return {};
}

}  // namespace bryo
