#include "launcher/await_ends.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "monitor/protect.h"
#include "sys/fd.h"
#include "sys/status.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr int kFailed = 125;

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return kFailed;
}

sigset_t EndSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// Processes that have ended meanwhile are not waited for.
Status Pin(char** words, int count, std::vector<UniqueFd>& processes) {
  for (int i = 0; i < count; ++i) {
    UniqueFd process;
    Status pinned = PinTarget(ParseTarget(words[i]), process);
    if (pinned.ok()) {
      processes.push_back(std::move(process));
    } else if (pinned.err() != ESRCH) {
      return pinned;
    }
  }
  return Status();
}

// Whether an end was wanted before all of them had ended.
bool AwaitEnds(int signals, std::vector<UniqueFd>& processes) {
  while (!processes.empty()) {
    pollfd entries[] = {{signals, POLLIN, 0}, {processes.back().get(), POLLIN, 0}};
    if (::poll(entries, 2, -1) < 0) continue;
    if (entries[0].revents != 0) return true;
    if (entries[1].revents != 0) processes.pop_back();
  }
  return false;
}

int Become(char** program, bool interrupted) {
  std::string word = "--interrupted";
  std::vector<char*> words;
  for (char** next = program; *next != nullptr; ++next) words.push_back(*next);
  if (interrupted) words.push_back(word.data());
  words.push_back(nullptr);
  ::execv(words[0], words.data());
  return Fail(Status::Errno(program[0]));
}

}  // namespace

int AwaitEndsMain(int argc, char** argv) {
  int count = 0;
  while (count < argc && std::strcmp(argv[count], "--") != 0) ++count;
  if (count + 1 >= argc) return kFailed;
  sigset_t set = EndSignals();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &set, &before);
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals.valid()) return Fail(Status::Errno("signalfd"));
  std::vector<UniqueFd> processes;
  if (Status pinned = Pin(argv, count, processes); !pinned.ok()) return Fail(pinned);
  ::prctl(PR_SET_NAME, "bryo-await-ends");
  ReleaseStartupMemory();
  bool interrupted = AwaitEnds(signals.get(), processes);
  // A pending signal would end the program before it has done its work.
  siginfo_t pending;
  timespec now{};
  while (::sigtimedwait(&set, &pending, &now) > 0) continue;
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return Become(argv + count + 1, interrupted);
}

}  // namespace bryo
