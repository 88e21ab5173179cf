#include "monitor/ending.h"

#include <signal.h>

#include <algorithm>

namespace bryo {

void Ending::Begin(int64_t now) {
  if (config_.timeout_ms != 0) {
    timeout_at_ = now + Nanoseconds(config_.timeout_ms);
  }
}

void Ending::Request(HealthAction action, const HealthConfig& health, int64_t now) {
  if (action == HealthAction::kNone) return;
  action_ = action;
  if (action == HealthAction::kKill) {
    input_.KillGroup();
    return;
  }
  input_.Signal(static_cast<int>(health.stop_signal));
  kill_at_ = now + Nanoseconds(health.stop_timeout_ms);
}

int64_t Ending::Deadline() const { return std::min(timeout_at_, kill_at_); }

void Ending::HandleDeadline(int64_t now) {
  if (now < Deadline()) return;
  timed_out_ = now >= timeout_at_;
  Ended();
  input_.KillGroup();
}

bool Ending::WantsRestart(const ExitFile& exit) const {
  if (action_ == HealthAction::kStop) return false;
  if (action_ == HealthAction::kRestart) return !IsStopped(config_);
  return bryo::WantsRestart(config_, exit);
}

}  // namespace bryo
