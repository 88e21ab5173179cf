#include "monitor/health_record.h"

#include "monitor/clock.h"
#include "monitor/json_text.h"
#include "monitor/records.h"

namespace bryo {

const char* HealthStatusName(HealthStatus status) {
  switch (status) {
    case HealthStatus::kStarting:
      return "starting";
    case HealthStatus::kHealthy:
      return "healthy";
    case HealthStatus::kUnhealthy:
      return "unhealthy";
  }
  return "";
}

void HealthRecord::Configure(const std::string& path, const std::string& log_path, bool separate,
                             uint32_t log_count) {
  path_ = path;
  log_path_ = log_path;
  separate_ = separate;
  log_count_ = log_count;
}

void HealthRecord::Begin() {
  status = HealthStatus::kStarting;
  failing_streak = 0;
  log_.clear();
  Write();
}

void HealthRecord::Add(const ProbeResult& result, const timespec& start, const timespec& end) {
  if (separate_ && log_path_.empty()) return;
  std::string entry = "{\"Start\":\"" + TimeText(start) + "\",\"End\":\"" + TimeText(end) +
                      "\",\"ExitCode\":" + std::to_string(result.exit_code) + ",\"Output\":";
  AppendJsonText(entry, result.output);
  log_.push_back(entry + "}");
  while (log_.size() > log_count_) log_.pop_front();
}

std::string HealthRecord::Text(bool with_log) const {
  std::string text = std::string("{\"Status\":\"") + HealthStatusName(status) +
                     "\",\"FailingStreak\":" + std::to_string(failing_streak) + ",\"Log\":[";
  if (with_log) {
    for (const std::string& entry : log_) {
      if (text.back() == '}') text += ',';
      text += entry;
    }
  }
  return text + "]}\n";
}

void HealthRecord::Write() const {
  ReplaceRecord(path_, Text(!separate_), false);
  if (separate_ && !log_path_.empty()) ReplaceFile(log_path_, Text(true), false);
}

}  // namespace bryo
