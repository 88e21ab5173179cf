// The user's standard output or error, written without ever waiting in write(2).
#pragma once

#include <cstddef>

#include "sys/fd.h"

namespace bryo {

class OutputFile {
 public:
  // The user's descriptor is shared with other programs, so its flags stay as they are: pipes and
  // terminals are opened anew (their own O_NONBLOCK), and where that is refused a write is kept
  // so small that poll(2)'s promise covers it.
  explicit OutputFile(int fd);

  enum class Result { kWritten, kWouldBlock, kBroken };
  Result Write(const char* data, size_t size, size_t& written) const;

  // The descriptor to poll before the next Write.
  int fd() const { return own_.valid() ? own_.get() : fd_; }

 private:
  int fd_;
  UniqueFd own_;
  bool waits_ = false;  // write(2) may wait
  bool socket_ = false;
};

}  // namespace bryo
