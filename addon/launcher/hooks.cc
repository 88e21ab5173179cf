#include "launcher/hooks.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <cstring>

#include "sys/c_strings.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// A hook need not read its input: from a memory file nothing can block on that.
Status StateFile(const Hook& hook, pid_t payload, UniqueFd& out) {
  std::string text = WithPid(hook.state, payload);
  out.reset(::memfd_create("state", MFD_CLOEXEC));
  if (!out.valid() || !WriteFull(out.get(), text.data(), text.size()) ||
      ::lseek(out.get(), 0, SEEK_SET) != 0) {
    return Status::Errno("hook state");
  }
  return {};
}

[[noreturn]] void ExecHook(const Hook& hook, int state) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(state, 0);
  ::syscall(SYS_close_range, 3U, ~0U, 0);
  for (int sig = 1; sig < NSIG; ++sig) ::signal(sig, SIG_DFL);
  ::execve(hook.path.c_str(), CStrings(hook.argv).data(), CStrings(hook.env).data());
  ::dprintf(2, "%s: %s\n", hook.path.c_str(), std::strerror(errno));
  ::_exit(127);
}

bool EndsInTime(pid_t pid, uint64_t timeout_ms) {
  if (timeout_ms == 0) return true;
  UniqueFd pidfd(sys::pidfd_open(pid));
  pollfd poller{pidfd.get(), POLLIN, 0};
  return !pidfd.valid() ||
         ::poll(&poller, 1, static_cast<int>(std::min<uint64_t>(timeout_ms, INT_MAX))) > 0;
}

// The number and what it means: `31 (bad system call)`.
std::string SignalText(int signal) {
  const char* meaning = ::sigdescr_np(signal);
  std::string text = std::to_string(signal);
  if (meaning == nullptr || *meaning == '\0') return text;
  std::string words = meaning;
  words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  return text + " (" + words + ")";
}

}  // namespace

std::string WithPid(std::string text, pid_t payload) {
  constexpr const char* kMark = "%PID%";
  std::string pid = std::to_string(payload);
  for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    text.replace(at, std::strlen(kMark), pid);
  }
  return text;
}

Status RunHook(const Hook& hook, pid_t payload) {
  UniqueFd state;
  Status made = StateFile(hook, payload, state);
  if (!made.ok()) return made;
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) ExecHook(hook, state.get());
  bool in_time = EndsInTime(pid, hook.timeout_ms);
  if (!in_time) ::kill(pid, SIGKILL);
  int status = WaitFor(pid);
  std::string what = "error running " + hook.name + ": " + hook.path;
  if (!in_time) {
    return Status::Error(what + " took longer than " + std::to_string(hook.timeout_ms / 1000) +
                         " s");
  }
  if (status == 0) return {};
  return Status::Error(what +
                       (WIFSIGNALED(status)
                            ? " was ended by signal " + SignalText(WTERMSIG(status))
                            : " failed with exit code " + std::to_string(WEXITSTATUS(status))));
}

}  // namespace bryo
