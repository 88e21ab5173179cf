#include "monitor/health.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "monitor/cgroup.h"
#include "sys/io.h"

namespace bryo {
namespace {

// More than people ask at the same time.
constexpr size_t kMaxWaiting = 16;

timespec WallClock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return now;
}

}  // namespace

HealthCheck::HealthCheck(HealthConfig config, HealthHandles handles, const std::string& cgroup)
    : config_(std::move(config)), handles_(std::move(handles)), cgroup_(cgroup) {
  Configure();
}

void HealthCheck::Configure() {
  bool separate = config_.event_log || !config_.log_path.empty();
  record_.Configure(config_.record_path, config_.log_path, separate, config_.log_count);
}

void HealthCheck::ListDescriptors(std::vector<int>& out) const {
  out.push_back(handles_.regular_plan.get());
  out.push_back(handles_.startup_plan.get());
}

void HealthCheck::Begin(pid_t payload, const std::string& socket_directory) {
  if (!config_.enabled()) return;
  target_ = {payload, ProcessStartTicks(payload)};
  int64_t now = MonotonicNow();
  counts_from_ = now + Nanoseconds(config_.start_period_ms);
  record_.Begin();
  BindSocket(socket_directory);
  if (Current().interval_ms > 0) next_at_ = now;
}

void HealthCheck::BindSocket(const std::string& directory) {
  if (config_.enabled() && !directory.empty()) socket_.Bind(directory);
}

void HealthCheck::End() {
  if (!config_.enabled()) return;
  probe_.Abort();
  waiting_.clear();
  next_at_ = kNoDeadline;
  acted_ = true;
  socket_.Unlink();
}

void HealthCheck::Replace(HealthConfig config, HealthHandles handles, pid_t payload,
                          const std::string& socket_directory) {
  End();
  config_ = std::move(config);
  handles_ = std::move(handles);
  started_up_ = acted_ = false;
  startup_successes_ = startup_failures_ = 0;
  action_ = HealthAction::kNone;
  Configure();
  Begin(payload, socket_directory);
}

// --- polling ------------------------------------------------------------------------------------

void HealthCheck::FillPoll(pollfd* entries) const {
  entries[0] = {socket_.fd(), POLLIN, 0};
  entries[1] = {probe_.fd(), POLLIN, 0};
}

bool HealthCheck::HandlePoll(const pollfd* entries) {
  // The probe first: a new one may take the descriptor's number.
  bool ended = entries[1].revents != 0 && probe_.Receive(result_) && ProbeEnded();
  if (entries[0].revents != 0) AcceptRequest();
  return ended;
}

void HealthCheck::AcceptRequest() {
  UniqueFd peer = socket_.Accept();
  if (!peer.valid() || waiting_.size() >= kMaxWaiting) return;
  waiting_.push_back(std::move(peer));
  if (!probe_.running()) next_at_ = MonotonicNow();
}

int64_t HealthCheck::Deadline() const { return probe_.running() ? probe_.Deadline() : next_at_; }

bool HealthCheck::HandleDeadline(int64_t now) {
  if (now < Deadline()) return false;
  if (probe_.running()) return probe_.Expire(now, result_) && ProbeEnded();
  return StartProbe();
}

// --- probes -------------------------------------------------------------------------------------

// True when it has ended at once, for no process was to be had.
bool HealthCheck::StartProbe() {
  if (IsFrozen(cgroup_)) {
    // A request would wait for the thaw, and its time would be over.
    waiting_.clear();
    Schedule();
    return false;
  }
  probe_start_ = WallClock();
  const UniqueFd& plan = InStartup() ? handles_.startup_plan : handles_.regular_plan;
  int64_t timeout = Nanoseconds(Current().timeout_ms);
  if (probe_.Start(plan.get(), target_, cgroup_, timeout, config_.log_size)) return false;
  result_ = {-1, "the probe could not be started"};
  return ProbeEnded();
}

bool HealthCheck::ProbeEnded() {
  bool good = result_.exit_code == 0;
  record_.Add(result_, probe_start_, WallClock());
  if (InStartup()) {
    JudgeStartup(good);
  } else {
    JudgeRegular(good);
  }
  record_.Write();
  Answer();
  return true;
}

void HealthCheck::JudgeStartup(bool good) {
  const HeaderProbe& startup = config_.startup;
  if (!good) {
    ++startup_failures_;
    if (startup.failures > 0 && startup_failures_ >= startup.failures) {
      action_ = HealthAction::kRestart;
    }
    Schedule();
    return;
  }
  ++startup_successes_;
  started_up_ = startup_successes_ >= std::max(startup.successes, 1U);
  Schedule();
  if (started_up_ && config_.regular.interval_ms > 0) next_at_ = MonotonicNow();
}

void HealthCheck::JudgeRegular(bool good) {
  if (good) {
    record_.failing_streak = 0;
    record_.status = HealthStatus::kHealthy;
  } else if (record_.status != HealthStatus::kStarting || MonotonicNow() >= counts_from_) {
    ++record_.failing_streak;
    if (record_.failing_streak >= config_.regular.failures) {
      record_.status = HealthStatus::kUnhealthy;
      action_ = config_.on_failure;
    }
  }
  Schedule();
}

void HealthCheck::Schedule() {
  const HeaderProbe& current = Current();
  bool early = record_.status == HealthStatus::kStarting && current.start_interval_ms > 0;
  uint64_t interval = early ? current.start_interval_ms : current.interval_ms;
  bool repeats = current.interval_ms > 0 && !acted_;
  next_at_ = repeats ? MonotonicNow() + Nanoseconds(interval) : kNoDeadline;
}

void HealthCheck::Answer() {
  std::string text =
      std::to_string(result_.exit_code) + " " + std::string(WordOf(record_.status)) + "\n";
  for (const UniqueFd& peer : waiting_) {
    if (!WriteFull(peer.get(), text.data(), text.size())) errno = 0;  // it has gone away
  }
  waiting_.clear();
}

HealthAction HealthCheck::TakeAction() {
  if (acted_ || action_ == HealthAction::kNone) return HealthAction::kNone;
  acted_ = true;
  next_at_ = kNoDeadline;
  return action_;
}

}  // namespace bryo
