// Ending a payload on the monitor's own account: for its time-out or its health.
#pragma once

#include <cstdint>

#include "monitor/clock.h"
#include "monitor/health.h"
#include "monitor/payload_input.h"
#include "monitor/restart.h"

namespace bryo {

class Ending {
 public:
  Ending(const MonitorConfig& config, PayloadInput& input) : config_(config), input_(input) {}

  // The payload runs from now on.
  void Begin(int64_t now);
  void Request(HealthAction action, const HealthConfig& health, int64_t now);

  int64_t Deadline() const;
  void HandleDeadline(int64_t now);
  // The payload has ended: no deadline holds any more.
  void Ended() { timeout_at_ = kill_at_ = kNoDeadline; }

  bool timed_out() const { return timed_out_; }
  // Whether the payload is to be started again after this end.
  bool WantsRestart(const ExitFile& exit) const;

 private:
  const MonitorConfig& config_;
  PayloadInput& input_;
  int64_t timeout_at_ = kNoDeadline;
  int64_t kill_at_ = kNoDeadline;
  bool timed_out_ = false;
  HealthAction action_ = HealthAction::kNone;
};

}  // namespace bryo
