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

bool Helpers::PollUntil(PinnedList& list, int64_t deadline) {
  while (!list.empty()) {
    pollfd entry{list.back().pidfd.get(), POLLIN, 0};
    int ready = ::poll(&entry, 1, PollTimeout(MonotonicNow(), deadline));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    list.pop_back();
  }
  return true;
}

Helpers::Helpers(const std::vector<HelperProcess>& processes) {
  for (const HelperProcess& process : processes) Add(process);
}

void Helpers::Add(const HelperProcess& process) {
  processes_.push_back(process);
  UniqueFd pidfd(sys::pidfd_open(process.pid));
  if (!pidfd.valid()) return;
  pids_.push_back(process.pid);
  (process.may_linger ? lingering_ : needed_).push_back({process.pid, std::move(pidfd)});
}

void Helpers::Forget(pid_t pid) {
  std::erase_if(processes_, [pid](const HelperProcess& one) { return one.pid == pid; });
  std::erase(pids_, pid);
  for (PinnedList* list : {&needed_, &lingering_}) {
    std::erase_if(*list, [pid](const Pinned& one) { return one.pid == pid; });
  }
}

LostService Helpers::ServiceOf(pid_t pid) const {
  for (const HelperProcess& process : processes_) {
    if (process.pid == pid) return process.service;
  }
  return LostService::kNone;
}

void Helpers::ListDescriptors(std::vector<int>& out) const {
  for (const Pinned& one : needed_) out.push_back(one.pidfd.get());
  for (const Pinned& one : lingering_) out.push_back(one.pidfd.get());
}

void Helpers::Terminate() {
  for (const Pinned& one : needed_) SendSignal(one.pidfd.get(), SIGTERM);
  for (const Pinned& one : lingering_) SendSignal(one.pidfd.get(), SIGTERM);
  terminated_at_ = MonotonicNow();
}

void Helpers::AwaitEnd(PinnedList& list) const {
  if (PollUntil(list, terminated_at_ + kGrace)) return;
  for (const Pinned& one : list) SendSignal(one.pidfd.get(), SIGKILL);
  PollUntil(list, MonotonicNow() + kKillWait);
}

void Helpers::AwaitAll() {
  AwaitEnd(needed_);
  AwaitEnd(lingering_);
}

}  // namespace bryo
