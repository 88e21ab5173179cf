#include "monitor/supervision.h"

#include "monitor/protect.h"

namespace bryo {

Supervision::Supervision(const MonitorConfig& config, HealthHandles health)
    : config_(config), health_(config.health, std::move(health), config.cgroup_path) {}

void Supervision::ListDescriptors(std::vector<int>& out) const { health_.ListDescriptors(out); }

void Supervision::PayloadStarted(pid_t payload) { health_.Begin(payload, config_.attach_dir); }

void Supervision::PayloadEnded() { health_.End(); }

void Supervision::BindSockets() { health_.BindSocket(config_.attach_dir); }

void Supervision::FillPoll(pollfd* entries) const { health_.FillPoll(entries); }

void Supervision::HandlePoll(const pollfd* entries) {
  if (health_.HandlePoll(entries)) ProbeEnded();
}

int64_t Supervision::Deadline() const { return health_.Deadline(); }

void Supervision::HandleDeadline(int64_t now) {
  if (health_.HandleDeadline(now)) ProbeEnded();
}

// Most of the time the monitor waits, with what a waiting monitor needs.
void Supervision::ProbeEnded() { ReleaseStartupMemory(); }

}  // namespace bryo
