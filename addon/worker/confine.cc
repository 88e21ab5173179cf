#include "worker/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "sys/io.h"
#include "sys/sanitized.h"
#include "worker/filter.h"
#include "worker/landlock.h"

namespace bryo {
namespace {

constexpr uint64_t Bit(int capability) { return uint64_t{1} << capability; }

// To read what belongs to any id, and to make it.
constexpr uint64_t kReaders = Bit(CAP_DAC_OVERRIDE) | Bit(CAP_DAC_READ_SEARCH);
constexpr uint64_t kWriters = kReaders | Bit(CAP_CHOWN) | Bit(CAP_FOWNER) | Bit(CAP_FSETID) |
                              Bit(CAP_MKNOD) | Bit(CAP_SETFCAP);

uint64_t CapabilitiesOf(Duty duty) {
  if (duty == Duty::kStream) return 0;
  return duty == Duty::kList || duty == Duty::kRead ? kReaders : kWriters;
}

void KeepCapabilities(uint64_t kept) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  for (int word = 0; word < 2; ++word) {
    auto mask = static_cast<uint32_t>(kept >> (32 * word));
    data[word].permitted &= mask;
    data[word].effective &= mask;
    data[word].inheritable = 0;
  }
  ::syscall(SYS_capset, &header, data);
}

// A user namespace in which the process is who it was and nobody else is anybody.
bool LeaveOthers() {
  std::string uid = std::to_string(::geteuid());
  std::string gid = std::to_string(::getegid());
  if (::unshare(CLONE_NEWUSER) != 0) return false;
  WriteFileAt(AT_FDCWD, "/proc/self/setgroups", "deny");
  return WriteFileAt(AT_FDCWD, "/proc/self/uid_map", uid + " " + uid + " 1") &&
         WriteFileAt(AT_FDCWD, "/proc/self/gid_map", gid + " " + gid + " 1");
}

}  // namespace

void EnterRoot(int directory, bool alone) {
  if (kSanitized || ::fchdir(directory) != 0 || ::chroot(".") == 0 || !alone) return;
  if (!LeaveOthers()) return;
  if (::chroot(".") != 0) errno = 0;
  KeepCapabilities(0);
}

Status Confine(const Confinement& limits) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const std::vector<int>& roots = limits.write.empty() ? limits.read : limits.write;
  if (!roots.empty()) EnterRoot(roots.front(), false);
  if (!kSanitized) KeepCapabilities(CapabilitiesOf(limits.duty));
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Status::Errno("no_new_privs");
  RestrictFiles(limits);
  return FilterCalls(limits.duty);
}

}  // namespace bryo
