#include "monitor/health_record.h"

#include "monitor/clock.h"
#include "monitor/records.gen.h"
#include "monitor/records.h"

namespace bryo {

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
  log_.push_back(
      HealthResult{TimeText(start), TimeText(end), result.exit_code, result.output}.Json());
  if (log_.size() > log_count_) log_.erase(log_.begin());
}

std::string HealthRecord::Text(bool with_log) const {
  return HealthFile{status, failing_streak, with_log ? log_ : std::vector<std::string>()}.Json() +
         "\n";
}

void HealthRecord::Write() const {
  ReplaceRecord(path_, Text(!separate_), false);
  if (separate_ && !log_path_.empty()) ReplaceFile(log_path_, Text(true), false);
}

}  // namespace bryo
