#include "launcher/monitor_config.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "sys/io.h"

namespace bryo {
namespace {

int64_t Nanoseconds(uint64_t milliseconds) {
  return static_cast<int64_t>(milliseconds) * kMillisecond;
}

ProbeConfig ProbeConfigOf(const HeaderProbe& record) {
  ProbeConfig config;
  config.interval = Nanoseconds(record.interval_ms);
  config.start_interval = Nanoseconds(record.start_interval_ms);
  config.timeout = Nanoseconds(record.timeout_ms);
  config.failures = record.failures;
  config.successes = record.successes;
  return config;
}

HealthConfig HealthConfigOf(const Plan& plan) {
  HealthConfig config;
  const HeaderHealth& record = *plan.health;
  config.record_path = record.record_path;
  config.log_path = record.log_path;
  config.log_count = record.log_count;
  config.log_size = record.log_size;
  config.event_log = record.event_log;
  config.start_period = Nanoseconds(record.start_period_ms);
  config.on_failure = record.on_failure <= 3 ? static_cast<HealthAction>(record.on_failure)
                                             : HealthAction::kNone;
  config.stop_signal = static_cast<int>(record.stop_signal);
  config.stop_timeout = Nanoseconds(record.stop_timeout_ms);
  config.regular = ProbeConfigOf(*plan.probe);
  if (plan.startup_probe) config.startup = ProbeConfigOf(*plan.startup_probe);
  return config;
}

NotifyConfig NotifyConfigOf(const HeaderNotify& record) {
  NotifyConfig config;
  config.address = record.address;
  config.when = record.when == 2   ? NotifyWhen::kPayload
                : record.when == 1 ? NotifyWhen::kHealthy
                                   : NotifyWhen::kStarted;
  config.watchdog = Nanoseconds(record.watchdog_ms);
  return config;
}

Status Keep(const std::string& plan, UniqueFd& out) {
  UniqueFd file(::memfd_create("bryo-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (!file.valid() || !WriteFull(file.get(), plan.data(), plan.size()) ||
      ::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    return Status::Errno("plan of the health check");
  }
  out = std::move(file);
  return {};
}

}  // namespace

Status KeepProbes(const Plan& plan, HealthHandles& out) {
  Status kept;
  if (plan.probe) kept = Keep(plan.probe->plan, out.regular_plan);
  if (kept.ok() && plan.startup_probe) kept = Keep(plan.startup_probe->plan, out.startup_plan);
  return kept;
}

MonitorConfig MonitorConfigOf(const Plan& plan) {
  const HeaderMonitor& record = *plan.monitor;
  MonitorConfig config;
  if (plan.health) config.health = HealthConfigOf(plan);
  if (plan.events) {
    config.events = {plan.events->path, plan.events->subject, plan.events->journal,
                     plan.events->session};
  }
  if (plan.notify) config.notify = NotifyConfigOf(*plan.notify);
  config.container_dir = record.container_dir;
  config.state_path = record.state_path;
  config.exit_path = record.exit_path;
  config.attach_dir = record.attach_dir;
  config.log_path = record.log_path;
  config.log_journal = record.log_journal;
  config.pid_file = record.pid_file;
  config.monitor_pid_file = record.monitor_pid_file;
  config.log_max_size = record.log_max_size;
  config.log_max_files = record.log_max_files;
  config.terminal = record.terminal;
  config.stdin_open = record.stdin_open;
  config.stdin_once = record.stdin_once;
  config.timeout_ms = record.timeout_ms;
  config.sync_exit_record = record.sync_exit_record;
  config.restart = record.restart == 2   ? RestartPolicy::kAlways
                   : record.restart == 1 ? RestartPolicy::kOnFailure
                                         : RestartPolicy::kNo;
  config.restart_max = record.restart_max;
  config.remove_paths = record.remove_paths;
  config.pod_link = record.pod_link;
  config.pod_holder = record.pod_holder;
  return config;
}

}  // namespace bryo
