// Health checks: when the payload is probed, and what follows from the results.
//
// A start-up check, when there is one, comes first: the regular one begins once that has succeeded.
// Failures within the start period do not count. Besides by its timers a probe is run for whoever
// connects to the socket "health" in the runtime directory; the answer is "EXIT-CODE STATUS\n".
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/attach_socket.h"
#include "monitor/clock.h"
#include "monitor/health_record.h"
#include "monitor/probe.h"
#include "plan/ops.gen.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"
#include "sys/target.h"

namespace bryo {

// The plan's part about health (src/plan/header-records.ts). Without `record_path` there is no
// check.
struct HealthConfig : HeaderHealth {
  HeaderProbe regular{};
  HeaderProbe startup{};

  bool enabled() const { return !record_path.empty(); }
  // The payload may have to be started again for it.
  bool may_restart() const {
    return enabled() && (on_failure == HealthAction::kRestart || startup.failures > 0);
  }
};

// The plans of the probes: read-only files in memory; an invalid one is a check that there is not.
struct HealthHandles {
  UniqueFd regular_plan;
  UniqueFd startup_plan;
};

class HealthCheck {
 public:
  static constexpr size_t kPollEntries = 2;

  HealthCheck(HealthConfig config, HealthHandles handles, const std::string& cgroup);

  void ListDescriptors(std::vector<int>& out) const;

  // The payload runs: the record is made, the first probe is due at once.
  void Begin(pid_t payload, const std::string& socket_directory);
  // The runtime directory may have been wiped.
  void BindSocket(const std::string& directory);
  // Another check takes the place of this one: all begins anew.
  void Replace(HealthConfig config, HealthHandles handles, pid_t payload,
               const std::string& socket_directory);
  // The payload runs no longer.
  void End();

  const HealthConfig& config() const { return config_; }

  // Polling and deadlines; true when a probe has ended, of which status() and result() tell.
  void FillPoll(pollfd* entries) const;
  bool HandlePoll(const pollfd* entries);
  int64_t Deadline() const;
  bool HandleDeadline(int64_t now);

  HealthStatus status() const { return record_.status; }
  const ProbeResult& result() const { return result_; }
  // The action that the last result asks for; it is asked for once.
  HealthAction TakeAction();

 private:
  bool InStartup() const { return handles_.startup_plan.valid() && !started_up_; }
  const HeaderProbe& Current() const { return InStartup() ? config_.startup : config_.regular; }
  void AcceptRequest();
  bool StartProbe();
  bool ProbeEnded();
  void JudgeStartup(bool good);
  void JudgeRegular(bool good);
  void Schedule();
  void Answer();

  void Configure();

  HealthConfig config_;
  HealthHandles handles_;
  const std::string& cgroup_;
  HealthRecord record_;
  AttachSocket socket_{kHealthSocket, SOCK_STREAM};
  std::vector<UniqueFd> waiting_;  // connections that are to be told the next result
  Target target_;
  Probe probe_;
  ProbeResult result_;
  timespec probe_start_{};
  int64_t next_at_ = kNoDeadline;
  int64_t counts_from_ = 0;  // failures before that are forgiven
  bool started_up_ = false;
  uint32_t startup_successes_ = 0;
  uint32_t startup_failures_ = 0;
  HealthAction action_ = HealthAction::kNone;
  bool acted_ = false;
};

}  // namespace bryo
