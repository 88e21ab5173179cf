#include "monitor/pid_files.h"

#include <unistd.h>

#include "monitor/records.h"

namespace bryo {

void WritePidFiles(const std::string& payload_path, pid_t payload,
                   const std::string& monitor_path) {
  if (!payload_path.empty()) ReplaceFile(payload_path, std::to_string(payload), false);
  if (!monitor_path.empty()) ReplaceFile(monitor_path, std::to_string(::getpid()), false);
}

}  // namespace bryo
