#include "monitor/restart.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "monitor/cgroup_renewal.h"
#include "monitor/clock.h"
#include "monitor/exec_launcher.h"
#include "monitor/gate.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"

namespace bryo {
namespace {

constexpr int64_t kSecond = 1000 * kMillisecond;
constexpr int64_t kFirstDelay = 50 * kMillisecond;
constexpr int64_t kLongestDelay = 60 * kSecond;
constexpr int64_t kSuccess = 10 * kSecond;

bool HasSign(const MonitorConfig& config, const char* name) {
  std::string path = config.container_dir + "/" + name;
  return ::access(path.c_str(), F_OK) == 0;
}

struct Policy {
  RestartPolicy when;
  uint32_t max;
};

// `update` may have left another policy than the plan's: a word and a number.
Policy CurrentPolicy(const MonitorConfig& config) {
  Policy policy{config.restart, config.restart_max};
  char text[32] = {};
  UniqueFd file(::open((config.container_dir + "/" + kRestartSign).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid() || ::read(file.get(), text, sizeof(text) - 1) <= 0) return policy;
  const char* space = std::strchr(text, ' ');
  if (space == nullptr) return policy;
  std::string_view word(text, static_cast<size_t>(space - text));
  if (RestartPolicy when{}; FromWord(word, when)) policy.when = when;
  policy.max = static_cast<uint32_t>(std::strtoul(space, nullptr, 10));
  return policy;
}

// The container's policy was taken away while it ran.
bool WasForbidden(const MonitorConfig& config) {
  return config.restart != RestartPolicy::kNever &&
         CurrentPolicy(config).when == RestartPolicy::kNever;
}

bool HasEndingSignal(int signals) {
  signalfd_siginfo info{};
  while (::read(signals, &info, sizeof(info)) == sizeof(info)) {
    auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGTERM || number == SIGINT || number == SIGQUIT) return true;
  }
  return false;
}

}  // namespace

bool IsStopped(const MonitorConfig& config) { return HasSign(config, kStoppedSign); }

bool WantsRestart(const MonitorConfig& config, const ExitFile& exit) {
  // Nothing was kept to start it with again: whoever has given it a policy since sees to that.
  if (!config.may_restart()) return false;
  Policy policy = CurrentPolicy(config);
  bool failed = exit.exit_code != 0;
  bool wanted =
      policy.when == RestartPolicy::kAlways || (policy.when == RestartPolicy::kFailure && failed &&
                                                (policy.max == 0 || config.restarts < policy.max));
  return wanted && !IsStopped(config);
}

bool IsKept(const MonitorConfig& config) { return HasSign(config, kKeptSign); }

int64_t RestartDelay(uint32_t restarts, int64_t ran) {
  if (ran >= kSuccess) return kFirstDelay;
  return std::min(kFirstDelay << std::min(restarts, 10U), kLongestDelay);
}

bool AwaitRestart(const MonitorConfig& config, int signals, int64_t delay) {
  int64_t until = MonotonicNow() + delay;
  for (;;) {
    int64_t now = MonotonicNow();
    if (now >= until) return !IsStopped(config) && !WasForbidden(config);
    pollfd poller{signals, POLLIN, 0};
    ::poll(&poller, 1, PollTimeout(now, until));
    if (HasEndingSignal(signals)) return false;
  }
}

// A command that wants an end while a launcher is at work asks again once there is a monitor:
// killed, the launcher would leave everything behind.
void IgnoreEndingSignals() {
  for (int number : {SIGTERM, SIGINT, SIGQUIT}) ::signal(number, SIG_IGN);
}

Status Relaunch(const MonitorConfig& config, const KeptDescriptors& kept) {
  Status renewed = RenewCgroup(config.cgroup_path);
  if (!renewed.ok()) return renewed;
  UniqueFd status(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  UniqueFd gate;
  LauncherCall call;
  call.Say("--restarts");
  call.Say(std::to_string(config.restarts + 1));
  call.Give(LauncherFd::kPlan, kept.plan);
  call.Give(LauncherFd::kStatus, status.get());
  if (!config.cgroup_path.empty()) {
    gate = MakeGate(config.cgroup_path);
    call.Give(LauncherFd::kGate, gate.get());
  }
  if (kept.pod_link >= 0) call.Give(LauncherFd::kPodLink, kept.pod_link);
  if (kept.bridges.network.valid()) {
    call.Give(LauncherFd::kBridgeUsers, kept.bridges.users.get());
    call.Give(LauncherFd::kBridgeNetwork, kept.bridges.network.get());
    for (const UniqueFd& lease : kept.bridges.leases) call.Give(LauncherFd::kLease, lease.get());
  }
  for (const UniqueFd& fd : kept.published) call.Give(LauncherFd::kPublished, fd.get());
  // The lock stays where it is: a copy of it that is closed, as by exec, would take the lock away,
  // and for a moment nobody would be seen to restart the container.
  if (kept.lock >= call.end()) {
    ::fcntl(kept.lock, F_SETFD, 0);
    call.Say("--lock");
    call.Say(std::to_string(kept.lock));
  }
  IgnoreEndingSignals();
  call.Exec();
  return Status::Errno("become a launcher");
}

}  // namespace bryo
