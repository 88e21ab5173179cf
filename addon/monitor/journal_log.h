// The container's log in the journal: an entry for each line, with the fields that conmon gives it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "monitor/journal.h"

namespace bryo {

class JournalLog {
 public:
  // `fields` never change; empty: nothing is logged here.
  void Configure(const std::string& fields) { fields_ = fields; }

  // As LogWriter::Write. A line that is not finished, or long, is marked as partial.
  void Write(std::string_view stream, const char* data, size_t size);

  bool enabled() const { return !fields_.empty(); }
  uint64_t lost_bytes() const { return lost_; }

 private:
  std::string fields_;
  Journal journal_;
  uint64_t lost_ = 0;
};

}  // namespace bryo
