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

bool PollUntil(std::vector<UniqueFd>& pidfds, int64_t deadline) {
  while (!pidfds.empty()) {
    pollfd entry{pidfds.back().get(), POLLIN, 0};
    int ready = ::poll(&entry, 1, PollTimeout(MonotonicNow(), deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    pidfds.pop_back();
  }
  return true;
}

}  // namespace

Helpers::Helpers(const std::vector<HelperProcess>& processes) : processes_(processes) {
  for (const HelperProcess& process : processes) {
    UniqueFd pidfd(sys::pidfd_open(process.pid));
    if (!pidfd.valid()) continue;
    pids_.push_back(process.pid);
    (process.may_linger ? lingering_ : needed_).push_back(std::move(pidfd));
  }
}

LostService Helpers::ServiceOf(pid_t pid) const {
  for (const HelperProcess& process : processes_) {
    if (process.pid == pid) return process.service;
  }
  return LostService::kNone;
}

void Helpers::ListDescriptors(std::vector<int>& out) const {
  for (const UniqueFd& pidfd : needed_) out.push_back(pidfd.get());
  for (const UniqueFd& pidfd : lingering_) out.push_back(pidfd.get());
}

void Helpers::Terminate() {
  for (const UniqueFd& pidfd : needed_) SendSignal(pidfd.get(), SIGTERM);
  for (const UniqueFd& pidfd : lingering_) SendSignal(pidfd.get(), SIGTERM);
  terminated_at_ = MonotonicNow();
}

void Helpers::AwaitEnd(std::vector<UniqueFd>& pidfds) {
  if (PollUntil(pidfds, terminated_at_ + kGrace)) return;
  for (const UniqueFd& pidfd : pidfds) SendSignal(pidfd.get(), SIGKILL);
  PollUntil(pidfds, MonotonicNow() + kKillWait);
}

void Helpers::AwaitAll() {
  AwaitEnd(needed_);
  AwaitEnd(lingering_);
}

}  // namespace bryo
