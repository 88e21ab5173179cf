#include "launcher/stand_in.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "sys/io.h"

namespace bryo {
namespace {

constexpr int kReportFd = 3;
constexpr int kNetworkFd = 4;
constexpr int kUsersFd = 5;

// A program of its own: a copy of this process would keep the whole plan in memory.
[[noreturn]] void ExecStandIn(pid_t parent, int network, int users, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  int high[] = {::fcntl(report, F_DUPFD_CLOEXEC, 10), ::fcntl(network, F_DUPFD_CLOEXEC, 10),
                ::fcntl(users, F_DUPFD_CLOEXEC, 10)};
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  ::dup2(high[0], kReportFd);
  ::dup2(high[1], kNetworkFd);
  ::dup2(high[2], kUsersFd);
  ::syscall(SYS_close_range, static_cast<unsigned>(kUsersFd + 1), ~0U, 0);
  for (int sig = 1; sig < NSIG; ++sig) ::signal(sig, SIG_DFL);
  std::string parent_text = std::to_string(parent);
  const char* argv[] = {"bryo-launcher", "stand-in", parent_text.c_str(), nullptr};
  char* env[] = {nullptr};
  if (::chdir("/") == 0) ::execve("/proc/self/exe", const_cast<char**>(argv), env);
  ::_exit(127);
}

Status Enter() {
  if (::setns(kUsersFd, CLONE_NEWUSER) != 0 || ::setns(kNetworkFd, CLONE_NEWNET) != 0) {
    return Status::Errno("the container's network");
  }
  ::close(kNetworkFd);
  ::close(kUsersFd);
  return {};
}

}  // namespace

Status StartStandIn(UniqueFd network, pid_t& stand_in) {
  UniqueFd users(::ioctl(network.get(), NS_GET_USERNS));
  int report[2];
  if (!users.valid() || ::pipe2(report, O_CLOEXEC) != 0) {
    return Status::Errno("the container's network");
  }
  UniqueFd reading(report[0]);
  UniqueFd writing(report[1]);
  pid_t parent = ::getpid();
  stand_in = ::fork();
  if (stand_in < 0) return Status::Errno("fork");
  if (stand_in == 0) ExecStandIn(parent, network.get(), users.get(), writing.get());
  writing.reset();
  int error = 0;
  if (!ReadFull(reading.get(), &error, sizeof(error))) error = ESRCH;
  return error == 0 ? Status() : Status::Errno("the container's network", error);
}

int StandInMain(int argc, char** argv) {
  if (argc != 1) return 125;
  ::prctl(PR_SET_NAME, "bryo-stand-in");
  ::fcntl(kReportFd, F_SETFD, FD_CLOEXEC);
  auto parent = static_cast<pid_t>(std::strtol(argv[0], nullptr, 10));
  Status entered = Enter();
  // Changes of namespaces have undone both. What looks for the network finds nothing else here.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return 125;
  int error = entered.ok() ? 0 : entered.err();
  WriteFull(kReportFd, &error, sizeof(error));
  ::close(kReportFd);
  while (entered.ok()) ::pause();
  return 125;
}

}  // namespace bryo
