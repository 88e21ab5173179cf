// One stream of the payload's output: a pipe, or the master side of its terminal.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "monitor/clock.h"
#include "sys/fd.h"

namespace bryo {

class OutputStream {
 public:
  OutputStream() = default;
  // `type` is the attach protocol's message, `name` the log's stream.
  OutputStream(UniqueFd fd, bool terminal, char type, std::string_view name);

  // The result of a Read.
  enum class Result { kData, kNothing, kEnd };

  // Reads once without waiting. A terminal that nobody has open at the moment counts as kNothing
  // while the payload lives (a program may open it again) and is tried again at retry_at().
  Result Read(char* buffer, size_t capacity, bool payload_lives, size_t& size);

  void Close() { fd_.reset(); }
  bool open() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  char type() const { return type_; }
  std::string_view name() const { return name_; }

  // kNoDeadline unless the stream must not be polled but tried again at this time.
  int64_t retry_at() const { return retry_at_; }
  void RetryNow() { retry_at_ = kNoDeadline; }

 private:
  void GrowPipe();

  UniqueFd fd_;
  bool terminal_ = false;
  bool grown_ = false;
  char type_ = 0;
  std::string_view name_;
  int64_t retry_at_ = kNoDeadline;
  int64_t retry_delay_ = 0;
};

// Of a payload: its terminal, or two pipes.
void TakeOutputs(OutputStream (&outputs)[2], UniqueFd terminal, UniqueFd out, UniqueFd error);

}  // namespace bryo
