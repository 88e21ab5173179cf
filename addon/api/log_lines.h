// Lines of a container's log (addon/monitor/log_writer.cc), as a client wants to see them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bryo::api {

struct LogView {
  bool framed = false;  // no terminal: output comes in frames
  bool timestamps = false;
  bool show_stdout = true;
  bool show_stderr = true;
};

class LogLines {
 public:
  explicit LogLines(LogView view) : view_(view) {}

  // Appends to `out` what whole lines say; the beginning of one waits for its end.
  void Add(std::string_view bytes, std::string& out);
  // Bytes of a line that has no end yet.
  size_t waiting() const { return rest_.size(); }
  void Forget() { rest_.clear(); }

 private:
  void AddLine(std::string_view line, std::string& out);

  LogView view_;
  std::string rest_;
  bool too_long_ = false;
  bool at_start_[2] = {true, true};  // of a line of the container's, by stream
};

}  // namespace bryo::api
