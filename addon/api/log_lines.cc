#include "api/log_lines.h"

#include "api/frame.h"

namespace bryo::api {
namespace {

// No writer of ours makes a longer line; what is longer is left out.
constexpr size_t kLongestLine = 1 << 20;

// The text up to the next space, which goes; nullopt-like empty data: there is none.
bool TakeWord(std::string_view& line, std::string_view& word) {
  size_t space = line.find(' ');
  if (space == std::string_view::npos) return false;
  word = line.substr(0, space);
  line.remove_prefix(space + 1);
  return true;
}

}  // namespace

void LogLines::Add(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    if (end == std::string_view::npos) {
      if (rest_.size() + bytes.size() > kLongestLine) too_long_ = true;
      if (too_long_) {
        rest_.clear();
      } else {
        rest_.append(bytes);
      }
      return;
    }
    std::string_view line = bytes.substr(0, end);
    if (too_long_) {
      too_long_ = false;
    } else if (rest_.empty()) {
      AddLine(line, out);
    } else {
      rest_.append(line);
      AddLine(rest_, out);
    }
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
}

// TIME STREAM TAG CONTENT, where the tag P says that the container's line goes on.
void LogLines::AddLine(std::string_view line, std::string& out) {
  std::string_view time;
  std::string_view stream;
  std::string_view tag;
  if (!TakeWord(line, time) || !TakeWord(line, stream) || !TakeWord(line, tag)) return;
  bool is_error = stream == "stderr";
  if ((!is_error && stream != "stdout") || (tag != "F" && tag != "P")) return;
  if (is_error ? !view_.show_stderr : !view_.show_stdout) return;
  bool is_whole = tag == "F";
  bool stamped = view_.timestamps && at_start_[is_error ? 1 : 0];
  at_start_[is_error ? 1 : 0] = is_whole;
  size_t size = line.size() + (stamped ? time.size() + 1 : 0) + (is_whole ? 1 : 0);
  if (view_.framed) {
    char header[kFrameHeader];
    PutFrameHeader(header, is_error ? FrameStream::kStderr : FrameStream::kStdout, size);
    out.append(header, sizeof(header));
  }
  if (stamped) out.append(time).append(1, ' ');
  out.append(line);
  if (is_whole) out.append(1, '\n');
}

}  // namespace bryo::api
