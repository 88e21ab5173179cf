// Writes a file from its start and leaves long runs of zeros out, as holes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace bryo {

class HoleWriter {
 public:
  // `fd` is an empty regular file, written at its offset.
  explicit HoleWriter(int fd) : fd_(fd) {}

  // False on an error, with errno.
  bool Write(const char* data, size_t size);
  // Leaves so many zeros out.
  void Skip(uint64_t size) { at_ += static_cast<off_t>(size); }
  // Gives the file its length.
  bool Finish();

 private:
  int fd_;
  off_t at_ = 0;       // bytes so far
  off_t written_ = 0;  // the file's offset: behind it there are only zeros yet
};

}  // namespace bryo
