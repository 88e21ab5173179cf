#include "worker/hole_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "sys/io.h"

namespace bryo {
namespace {

// Zeros of a whole block of this size, aligned in the file, become a hole. Smaller ones are not
// worth a call to the kernel, but for parts of blocks where what is written comes in pieces.
constexpr size_t kBlock = 1 << 16;

bool IsZero(const char* data, size_t size) {
  return data[0] == 0 && std::memcmp(data, data + 1, size - 1) == 0;
}

}  // namespace

bool HoleWriter::Write(const char* data, size_t size) {
  while (size > 0) {
    size_t part = 0;
    bool zero = false;
    // Blocks of the same kind go together.
    while (part < size) {
      size_t within = static_cast<size_t>(at_ + static_cast<off_t>(part)) % kBlock;
      size_t block = std::min(kBlock - within, size - part);
      bool block_zero = IsZero(data + part, block);
      if (part == 0) zero = block_zero;
      if (block_zero != zero) break;
      part += block;
    }
    at_ += static_cast<off_t>(part);
    if (!zero) {
      if (written_ != at_ - static_cast<off_t>(part) &&
          ::lseek(fd_, at_ - static_cast<off_t>(part), SEEK_SET) < 0) {
        return false;
      }
      if (!WriteFull(fd_, data, part)) return false;
      written_ = at_;
    }
    data += part;
    size -= part;
  }
  return true;
}

bool HoleWriter::Finish() { return written_ == at_ || ::ftruncate(fd_, at_) == 0; }

}  // namespace bryo
