#include "monitor/journal_log.h"

#include <algorithm>
#include <cstring>

namespace bryo {
namespace {

constexpr size_t kMaxPiece = 32768;
constexpr const char* kInfo = "PRIORITY=6\n";
constexpr const char* kError = "PRIORITY=3\n";

}  // namespace

void JournalLog::Write(std::string_view stream, const char* data, size_t size) {
  if (!enabled()) return;
  while (size > 0) {
    const auto* newline = static_cast<const char*>(std::memchr(data, '\n', size));
    size_t line = newline == nullptr ? size : static_cast<size_t>(newline - data);
    size_t piece = std::min(line, kMaxPiece);
    bool whole = newline != nullptr && piece == line;
    std::string entry = fields_;
    entry += stream == "stderr" ? kError : kInfo;
    if (!whole) entry += "CONTAINER_PARTIAL_MESSAGE=true\n";
    AppendJournalField(entry, "MESSAGE", {data, piece});
    if (!journal_.Send(entry)) lost_ += piece;
    piece += whole ? 1 : 0;
    data += piece;
    size -= piece;
  }
}

}  // namespace bryo
