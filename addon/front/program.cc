#include "front/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "front/protocol.h"
#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo {
namespace {

// Above those that a caller hands on by number, where the limit of descriptors allows it.
constexpr int kFirstNumber = 200;

// Variables that a service manager addresses to one process by its pid (sd_listen_fds(3),
// sd_watchdog_enabled(3)); without them it is meant who reads on.
void TakeOverPid(const char* variable) {
  const char* value = getenv(variable);
  if (value != nullptr && std::to_string(::getpid()) == value) unsetenv(variable);
}

bool MakeSocket(UniqueFd& ours, UniqueFd& theirs) {
  UniqueFd closed_on_exec;
  if (!SeqpacketPair(ours, closed_on_exec)) return false;
  theirs.reset(::fcntl(closed_on_exec.get(), F_DUPFD, kFirstNumber));
  if (!theirs.valid()) theirs.reset(::dup(closed_on_exec.get()));
  return theirs.valid();
}

}  // namespace

bool StartCommand(const std::string& path, char** argv, Command& command) {
  UniqueFd theirs;
  if (!MakeSocket(command.socket, theirs)) return false;
  setenv(kFrontVariable, std::to_string(theirs.get()).c_str(), 1);
  TakeOverPid("LISTEN_PID");
  TakeOverPid("WATCHDOG_PID");
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  pid_t self = ::getpid();
  volatile int err = 0;  // the child writes it: until its exec both have the same memory
  pid_t pid = ::vfork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(125);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    ::execv(path.c_str(), argv);
    err = errno;
    ::_exit(125);
  }
  if (pid < 0) return false;
  command.pid = pid;
  if (err == 0) return true;
  WaitFor(pid);
  errno = err;
  return false;
}

}  // namespace bryo
