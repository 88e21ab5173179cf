#include "monitor/exec_launcher.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace bryo {

void ExecLauncher(const std::vector<const char*>& argv, std::vector<int> fds) {
  // Out of the way of the numbers they shall get; the copies go with exec.
  int end = kFirstLauncherFd + static_cast<int>(fds.size());
  for (int& fd : fds) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, end);
  for (size_t i = 0; i < fds.size(); ++i) ::dup2(fds[i], kFirstLauncherFd + static_cast<int>(i));
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/proc/self/exe", const_cast<char**>(argv.data()), environ);
}

}  // namespace bryo
