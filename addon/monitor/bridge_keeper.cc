#include "monitor/bridge_keeper.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "net/holder.h"
#include "net/users.h"
#include "sys/descriptors.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int64_t kFirstPause = 20 * kMillisecond;
constexpr int64_t kLongestPause = 2000 * kMillisecond;

}  // namespace

BridgeKeeper::BridgeKeeper(const HeaderBridges& config, BridgeHandles handles)
    : config_(config), handles_(std::move(handles)) {}

void BridgeKeeper::ListDescriptors(std::vector<int>& out) const {
  out.push_back(handles_.users.get());
  out.push_back(handles_.network.get());
  out.push_back(handles_.netfilter.get());
  for (const UniqueFd& lease : handles_.leases) out.push_back(lease.get());
  for (const UniqueFd& lease : handles_.late) out.push_back(lease.get());
}

void BridgeKeeper::Begin() {
  if (kept() && !FindHolder()) HolderEnded();
}

bool BridgeKeeper::FindHolder() {
  pid_t pid = HolderOf(config_.directory);
  holder_.reset(pid > 0 ? sys::pidfd_open(pid) : -1);
  // The pid was the holder's when it was pinned if it still is.
  if (holder_.valid() && HolderOf(config_.directory) == pid) return true;
  holder_.reset();
  return false;
}

void BridgeKeeper::StartHolder() const {
  if (::fork() != 0) return;
  std::vector<const char*> argv = {"bryo-launcher", "net", "--given"};
  for (const std::string& word : config_.holder) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const int fds[] = {null, handles_.users.get(), handles_.network.get()};
  Renumber(fds, kHolderReportFd);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/proc/self/exe", const_cast<char**>(argv.data()), environ);
  ::_exit(127);
}

void BridgeKeeper::HolderEnded() {
  holder_.reset();
  StartHolder();
  pause_ = kFirstPause;
  look_at_ = MonotonicNow() + pause_;
}

void BridgeKeeper::HandleDeadline(int64_t now) {
  if (now < look_at_) return;
  look_at_ = kNoDeadline;
  if (FindHolder()) return;
  pause_ = std::min(pause_ * 2, kLongestPause);
  // A holder takes its lock at once, unless it cannot start.
  if (pause_ > 16 * kFirstPause) StartHolder();
  look_at_ = now + pause_;
}

}  // namespace bryo
