#include "monitor/supervision.h"

#include <algorithm>

#include "monitor/pid_files.h"
#include "monitor/protect.h"

namespace bryo {
namespace {

EventDetail ExitDetail(int code) { return {kExitCodeField, std::to_string(code), true}; }

}  // namespace

Supervision::Supervision(const MonitorConfig& config, HealthHandles health, UniqueFd notify_socket)
    : config_(config),
      health_(config.health, std::move(health), config.cgroup_path),
      change_(config.container_dir),
      events_(config.events),
      notifier_(config.notify, std::move(notify_socket)) {}

void Supervision::ListDescriptors(std::vector<int>& out) const {
  health_.ListDescriptors(out);
  notifier_.ListDescriptors(out);
}

void Supervision::PayloadMade(pid_t payload) {
  WritePidFiles(config_.pid_file, payload, config_.monitor_pid_file);
  if (!events_.is_session()) events_.Write("init");
}

void Supervision::PayloadStarted(pid_t payload) {
  events_.Write(events_.is_session() ? "exec" : "start");
  health_.Begin(payload, config_.attach_dir);
  RereadHealth(payload);
  notifier_.PayloadStarted();
}

void Supervision::PayloadEnded(const ExitFile* exit) {
  health_.End();
  notifier_.PayloadEnded();
  constexpr int kUnknown = -1;
  EventDetail detail = ExitDetail(exit != nullptr ? static_cast<int>(exit->exit_code) : kUnknown);
  if (exit != nullptr && exit->oom_killed) events_.Write("oom");
  events_.Write(events_.is_session() ? "exec_died" : "died", {detail});
}

void Supervision::Finished(bool removed) {
  if (events_.is_session()) return;
  events_.Write("cleanup");
  if (removed) events_.Write("remove");
}

void Supervision::Restarting() { events_.Write("restart"); }

void Supervision::NetworkLost() { events_.Write("network_lost"); }

void Supervision::BindSockets() { health_.BindSocket(config_.attach_dir); }

void Supervision::RereadHealth(pid_t payload) {
  HealthConfig config{};
  HealthHandles handles;
  if (!change_.Read(config, handles)) return;
  // Without a plan there is no way to start it again.
  if (!config_.may_restart()) {
    config.startup.failures = 0;
    if (config.on_failure == HealthAction::kRestart) config.on_failure = HealthAction::kNone;
  }
  health_.Replace(std::move(config), std::move(handles), payload, config_.attach_dir);
}

void Supervision::FillPoll(pollfd* entries) const {
  health_.FillPoll(entries);
  notifier_.FillPoll(entries + HealthCheck::kPollEntries);
}

void Supervision::HandlePoll(const pollfd* entries) {
  if (health_.HandlePoll(entries)) ProbeEnded();
  notifier_.HandlePoll(entries + HealthCheck::kPollEntries);
}

int64_t Supervision::Deadline() const { return std::min(health_.Deadline(), notifier_.Deadline()); }

void Supervision::HandleDeadline(int64_t now) {
  if (health_.HandleDeadline(now)) ProbeEnded();
  if (now >= notifier_.Deadline()) notifier_.HandleDeadline(now);
}

void Supervision::ProbeEnded() {
  if (health_.status() == HealthStatus::kHealthy) notifier_.Healthy();
  if (health_.status() == HealthStatus::kUnhealthy) notifier_.Unhealthy();
  const ProbeResult& result = health_.result();
  if (!health().quiet) {
    EventDetails details{{kHealthStatusField, std::string(WordOf(health_.status()))}};
    if (health().event_log) {
      std::string log = std::to_string(result.exit_code) + " " + result.output;
      details.push_back({kHealthLogField, std::move(log)});
    }
    events_.Write("health_status", details);
  }
  // Most of the time the monitor waits, with what a waiting monitor needs.
  ReleaseStartupMemory();
}

}  // namespace bryo
