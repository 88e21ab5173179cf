// The events of a container or an exec session, for the file that `bryo events` reads and for the
// journal. Nothing is kept open: most of them happen once.
#pragma once

#include <ctime>

#include <string>
#include <string_view>
#include <vector>

#include "monitor/journal.h"
#include "plan/ops.gen.h"
#include "sys/contract.gen.h"

namespace bryo {

// A detail of an event.
struct EventDetail {
  EventField field;
  std::string value;
  bool number = false;
};

using EventDetails = std::vector<EventDetail>;

class EventWriter {
 public:
  explicit EventWriter(const HeaderEvents& config) : config_(config) {}

  bool is_session() const { return !config_.session.empty(); }
  // Failures stay without consequence: a container does not depend on who looks on.
  void Write(std::string_view status, const EventDetails& details = {});

 private:
  void WriteFile(std::string_view status, const std::string& time, const EventDetails& details);
  void WriteJournal(std::string_view status, const std::string& time, const EventDetails& details);

  const HeaderEvents& config_;
  Journal journal_;
};

// Appends a whole line; a file that has grown too long becomes `path`.1 first.
bool AppendEventLine(const std::string& path, std::string_view line, uint64_t limit);

}  // namespace bryo
