#include "attach/client_signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace bryo {
namespace {

bool Passes(int number) {
  switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGCHLD:
    case SIGURG:
    case SIGPIPE:
    case SIGTTIN:  // reading from the background stops this process, as it should
    case SIGTTOU:
    case SIGSEGV:  // this process's own faults
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
    case SIGSYS:
      return false;
    default:
      return number < 32 || number > 33;  // 32 and 33 are the C library's
  }
}

}  // namespace

bool ClientSignals::Open() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigemptyset(&ignored_);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (!Passes(number) || ::sigaction(number, nullptr, &action) != 0) continue;
    sigaddset(&set, number);
    if (action.sa_handler == SIG_IGN) sigaddset(&ignored_, number);
  }
  ::sigprocmask(SIG_SETMASK, &set, nullptr);
  // An ignored signal is thrown away before any descriptor has it; a blocked one waits.
  for (int number = 1; number < NSIG; ++number) {
    if (WasIgnored(number)) ::signal(number, SIG_DFL);
  }
  fd_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  return fd_.valid();
}

ClientSignals::Received ClientSignals::Next() const {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof(info)) != sizeof(info)) return {};
  int number = static_cast<int>(info.ssi_signo);
  return {number, info.ssi_code == SI_KERNEL};
}

void ClientSignals::Die(int number) const {
  if (WasIgnored(number)) return;
  ::signal(number, SIG_DFL);
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, number);
  ::sigprocmask(SIG_UNBLOCK, &set, &before);
  ::raise(number);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace bryo
