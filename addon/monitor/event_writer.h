// The events of a container or an exec session, for the file that `bryo events` reads and for the
// journal. Nothing is kept open: most of them happen once.
#pragma once

#include <ctime>

#include <string>
#include <string_view>

#include "monitor/journal.h"
#include "plan/ops.gen.h"

namespace bryo {

// What else an event tells, as a member of its JSON object and as a field of the journal.
struct EventDetail {
  const char* member = nullptr;
  const char* field = nullptr;
  std::string value;
  bool number = false;
};

class EventWriter {
 public:
  explicit EventWriter(const HeaderEvents& config) : config_(config) {}

  bool is_session() const { return !config_.session.empty(); }
  // Failures stay without consequence: a container does not depend on who looks on.
  void Write(std::string_view status, const EventDetail& detail = {}, std::string_view log = {});

 private:
  void WriteFile(std::string_view status, const std::string& time, const EventDetail& detail,
                 std::string_view log);
  void WriteJournal(std::string_view status, const std::string& time, const EventDetail& detail);

  const HeaderEvents& config_;
  Journal journal_;
};

// Appends a whole line; a file that has grown too long becomes `path`.1 first.
bool AppendEventLine(const std::string& path, std::string_view line);

}  // namespace bryo
