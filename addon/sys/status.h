// The result of a native step: which step failed, with which errno, on what.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace bryo {

// An empty Status means success. Functions return it instead of throwing: the launcher is built
// with -fno-exceptions so that nothing unwinds between clone and exec.
class [[nodiscard]] Status {
 public:
  Status() = default;
  static Status Errno(std::string_view what, int err = errno) {
    Status s;
    s.failed_ = true;
    s.errno_ = err;
    s.what_ = what;
    return s;
  }
  static Status Error(std::string_view what) { return Errno(what, 0); }

  bool ok() const { return !failed_; }
  int err() const { return errno_; }
  const std::string& what() const { return what_; }
  std::string message() const {
    if (errno_ == 0) return what_;
    return what_ + ": " + std::strerror(errno_);
  }

 private:
  bool failed_ = false;
  int errno_ = 0;
  std::string what_;
};

}  // namespace bryo
