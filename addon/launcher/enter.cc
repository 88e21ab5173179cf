#include "launcher/enter.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sys/fd.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr int kRootFd = 3;

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return 125;
}

// Of all capabilities in the user namespace one goes on to the program.
void KeepChroot() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return;
  data[0].inheritable = 1U << CAP_SYS_CHROOT;
  if (::syscall(SYS_capset, &header, data) != 0) return;
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_CHROOT, 0, 0);
}

}  // namespace

int EnterMain(int argc, char** argv) {
  if (argc < 6 || std::strcmp(argv[0], "--pid") != 0 || std::strcmp(argv[2], "--start") != 0 ||
      std::strcmp(argv[4], "--") != 0) {
    std::fprintf(stderr, "usage: bryo-launcher enter --pid PID --start TICKS -- PROGRAM\n");
    return 125;
  }
  Target target{static_cast<pid_t>(std::strtol(argv[1], nullptr, 10)),
                std::strtoull(argv[3], nullptr, 10)};
  UniqueFd process;
  Status pinned = PinTarget(target, process);
  if (!pinned.ok()) return Fail(pinned);
  // Processes inside may not look at this one, which has the host's files open.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::setns(process.get(), CLONE_NEWUSER) != 0) {
    return Fail(Status::Errno("join the user namespace"));
  }
  ::setgroups(0, nullptr);
  // Without an id 0 in there the program still makes the root directory its own.
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) KeepChroot();
  std::string path = "/proc/" + std::to_string(target.pid) + "/root";
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int err = errno;
  // The pid may have become that of a process of the host's meanwhile.
  if (HasEnded(process.get())) return Fail(Status::Errno("container process", ESRCH));
  if (!root.valid()) return Fail(Status::Errno("the container's root directory", err));
  if (root.get() == kRootFd) {
    ::fcntl(root.release(), F_SETFD, 0);
  } else {
    ::dup2(root.get(), kRootFd);
  }
  ::execv(argv[5], argv + 5);
  return Fail(Status::Errno(argv[5]));
}

}  // namespace bryo
