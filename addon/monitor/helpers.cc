#include "monitor/helpers.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "monitor/clock.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int64_t kGrace = 200 * kMillisecond;
// A process killed inside an uninterruptible system call is not worth waiting for.
constexpr int64_t kKillWait = 1000 * kMillisecond;

void SendSignal(int pidfd, int number) {
  ::syscall(SYS_pidfd_send_signal, pidfd, number, nullptr, 0);
}

}  // namespace

Helpers::Helpers(const std::vector<pid_t>& pids) {
  for (pid_t pid : pids) {
    UniqueFd pidfd(sys::pidfd_open(pid));
    if (pidfd.valid()) pidfds_.push_back(std::move(pidfd));
  }
}

void Helpers::ListDescriptors(std::vector<int>& out) const {
  for (const UniqueFd& pidfd : pidfds_) out.push_back(pidfd.get());
}

void Helpers::Terminate() {
  for (const UniqueFd& pidfd : pidfds_) SendSignal(pidfd.get(), SIGTERM);
  terminated_at_ = MonotonicNow();
}

bool Helpers::PollUntil(int64_t deadline) {
  while (!pidfds_.empty()) {
    pollfd entry{pidfds_.back().get(), POLLIN, 0};
    int ready = ::poll(&entry, 1, PollTimeout(MonotonicNow(), deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    pidfds_.pop_back();
  }
  return true;
}

void Helpers::AwaitEnd() {
  if (PollUntil(terminated_at_ + kGrace)) return;
  for (const UniqueFd& pidfd : pidfds_) SendSignal(pidfd.get(), SIGKILL);
  PollUntil(MonotonicNow() + kKillWait);
}

}  // namespace bryo
