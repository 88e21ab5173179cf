#include "launcher/enter.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sys/fd.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int kRootFd = 3;

int Fail(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  return 125;
}

}  // namespace

int EnterMain(int argc, char** argv) {
  if (argc < 6 || std::strcmp(argv[0], "--pid") != 0 || std::strcmp(argv[2], "--start") != 0 ||
      std::strcmp(argv[4], "--") != 0) {
    std::fprintf(stderr, "usage: bryo-launcher enter --pid PID --start TICKS -- PROGRAM\n");
    return 125;
  }
  auto pid = static_cast<pid_t>(std::strtol(argv[1], nullptr, 10));
  UniqueFd process(sys::pidfd_open(pid));
  if (!process.valid()) return Fail("container process");
  errno = ESRCH;
  if (ProcessStartTicks(pid) != std::strtoull(argv[3], nullptr, 10)) {
    return Fail("container process");
  }
  // What is inside may not look at this process, which has the host's files open.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::setns(process.get(), CLONE_NEWUSER) != 0) return Fail("join the user namespace");
  ::setgroups(0, nullptr);
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) errno = 0;  // without an id 0 in there
  std::string path = "/proc/" + std::to_string(pid) + "/root";
  UniqueFd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return Fail("the container's root directory");
  if (root.get() == kRootFd) {
    ::fcntl(root.release(), F_SETFD, 0);
  } else {
    ::dup2(root.get(), kRootFd);
  }
  ::execv(argv[5], argv + 5);
  return Fail(argv[5]);
}

}  // namespace bryo
