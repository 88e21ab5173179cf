// A payload's health as JSON: the record that the rest of bryo reads.
#pragma once

#include <ctime>

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/probe.h"
#include "sys/contract.gen.h"

namespace bryo {

class HealthRecord {
 public:
  // `path` gets the status, and the log as well unless `log_path` says where else that is kept.
  // With `separate` and no log path the log is not kept at all.
  void Configure(const std::string& path, const std::string& log_path, bool separate,
                 uint32_t log_count);

  // Forgets what was; the files are written anew.
  void Begin();
  void Add(const ProbeResult& result, const timespec& start, const timespec& end);
  void Write() const;

  HealthStatus status = HealthStatus::kStarting;
  uint32_t failing_streak = 0;

 private:
  std::string Text(bool with_log) const;

  std::string path_;
  std::string log_path_;
  bool separate_ = false;
  uint32_t log_count_ = 0;
  std::vector<std::string> log_;  // of JSON objects, oldest first
};

}  // namespace bryo
