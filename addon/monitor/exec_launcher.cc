#include "monitor/exec_launcher.h"

#include <signal.h>
#include <unistd.h>

#include "sys/descriptors.h"

namespace bryo {

void LauncherCall::Give(LauncherFd name, int fd) {
  if (!names_.empty()) names_ += ',';
  names_ += WordOf(name);
  fds_.push_back(fd);
}

void LauncherCall::Exec() const {
  std::vector<const char*> argv = {"bryo-launcher", "run", "--fds", names_.c_str()};
  for (const std::string& word : words_) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  // Stand-ins for the old numbers go with exec.
  Renumber(fds_, kFirstLauncherFd);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/proc/self/exe", const_cast<char**>(argv.data()), environ);
}

}  // namespace bryo
