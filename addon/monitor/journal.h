// Messages for the system's journal in its own protocol
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): one datagram for each entry.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sys/fd.h"

namespace bryo {

// Appends a field whose value may hold any bytes.
void AppendJournalField(std::string& entry, std::string_view name, std::string_view value);

class Journal {
 public:
  // Sends an entry; a journal that does not take it within a second loses it: false.
  bool Send(std::string_view entry);

 private:
  bool Connect();

  UniqueFd socket_;
};

}  // namespace bryo
