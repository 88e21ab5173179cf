// Where the payload's output is kept: a file of the container's, or the journal.
#pragma once

#include "monitor/journal_log.h"
#include "monitor/log_writer.h"
#include "monitor/monitor.h"

namespace bryo {

class OutputLog {
 public:
  void Configure(const MonitorConfig& config) {
    file_.Configure(config.log_path, config.log_max_size, config.log_max_files);
    journal_.Configure(config.log_journal);
  }

  void Write(std::string_view stream, const char* data, size_t size, const timespec& now) {
    file_.Write(stream, data, size, now);
    journal_.Write(stream, data, size);
  }

  uint64_t lost_bytes() const { return file_.lost_bytes() + journal_.lost_bytes(); }

 private:
  LogWriter file_;
  JournalLog journal_;
};

}  // namespace bryo
