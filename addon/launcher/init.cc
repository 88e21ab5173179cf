#include "launcher/init.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace bryo {
namespace {

// Faults of this process itself, and what the terminal does to background groups.
bool IsPassedOn(int number) {
  switch (number) {
    case SIGCHLD:
    case SIGTTIN:
    case SIGTTOU:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
      return false;
    default:
      return true;
  }
}

// Reaps all that has ended; true with the child's exit status once that is among it.
bool Reap(pid_t child, int& exit_code) {
  for (;;) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid < 0 && errno == EINTR) continue;
    if (pid <= 0) return false;
    if (pid != child) continue;
    exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
  }
}

}  // namespace

int InitLoop(pid_t child) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  // The child holds the streams; an init that held them too would keep readers waiting.
  for (int fd = 0; fd < 3; ++fd) ::close(fd);
  // `exec` enters the container through this process. One that has joined namespaces is out of sight
  // until it executes a program, which an init never does; all that was the host's is closed by now.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  int exit_code = 0;
  while (!Reap(child, exit_code)) {
    int number = 0;
    if (::sigwait(&all, &number) == 0 && IsPassedOn(number)) ::kill(child, number);
  }
  return exit_code;
}

}  // namespace bryo
