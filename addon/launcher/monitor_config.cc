#include "launcher/monitor_config.h"

namespace bryo {

MonitorConfig MonitorConfigOf(const HeaderMonitor& record) {
  MonitorConfig config;
  config.container_dir = record.container_dir;
  config.state_path = record.state_path;
  config.exit_path = record.exit_path;
  config.attach_dir = record.attach_dir;
  config.log_path = record.log_path;
  config.log_max_size = record.log_max_size;
  config.log_max_files = record.log_max_files;
  config.terminal = record.terminal;
  config.stdin_open = record.stdin_open;
  config.stdin_once = record.stdin_once;
  config.timeout_ms = record.timeout_ms;
  config.sync_exit_record = record.sync_exit_record;
  config.restart = record.restart == 2   ? RestartPolicy::kAlways
                   : record.restart == 1 ? RestartPolicy::kOnFailure
                                         : RestartPolicy::kNever;
  config.restart_max = record.restart_max;
  config.remove_paths = record.remove_paths;
  return config;
}

}  // namespace bryo
