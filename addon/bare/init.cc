// bryo-init: process 1 of a container that is started with --init. It passes signals on to its one
// child, reaps everything that is left to it, and ends with the child's status (128 + signal when a
// signal ended that one).
//
// It stays for as long as the container runs, where everybody inside may look at it. That is why it
// is a program of its own: a process that goes on after a launch has the launch's memory.
//
// Its argument is the child's pid. The child has been started already; signals are blocked by then.
#include <asm/signal.h>
#include <linux/prctl.h>

#include "bare/call.h"

namespace {

// Faults of this process itself, and what the terminal does to background groups.
bool IsPassedOn(long number) {
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
      return number > 0;
  }
}

long NumberOf(const char* digits) {
  long number = 0;
  for (; *digits >= '0' && *digits <= '9'; ++digits) number = number * 10 + (*digits - '0');
  return number;
}

int ExitCodeOf(int status) {
  int signal = status & 0x7f;
  return signal != 0 ? 128 + signal : status >> 8 & 0xff;
}

}  // namespace

BARE_START;

extern "C" [[noreturn]] void Main(char** words) {
  const char name[] = "bryo-init";
  bare::Call(SYS_prctl, PR_SET_NAME, reinterpret_cast<long>(name));
  bare::BlockSignals();
  // The child holds the streams; an init that held them too would keep readers waiting.
  bare::CloseStandardStreams();
  long child = words[0] != nullptr && words[1] != nullptr ? NumberOf(words[1]) : 0;
  if (child <= 0) bare::Exit(125);
  for (;;) {
    int status = 0;
    for (long pid = bare::Reap(status); pid > 0; pid = bare::Reap(status)) {
      if (pid == child) bare::Exit(ExitCodeOf(status));
    }
    long number = bare::NextSignal();
    if (IsPassedOn(number)) bare::Call(SYS_kill, child, number);
  }
}
