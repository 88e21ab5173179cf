#include "worker/growth.h"

#include <cstring>
#include <string>

namespace bryo {
namespace {

// Zeros of such blocks become holes (hole_writer.cc).
constexpr size_t kZeroBlock = 1 << 16;

uint64_t ZerosOf(const char* data, size_t size) {
  uint64_t zeros = 0;
  for (size_t at = 0; at + kZeroBlock <= size; at += kZeroBlock) {
    const char* block = data + at;
    if (block[0] == 0 && std::memcmp(block, block + 1, kZeroBlock - 1) == 0) zeros += kZeroBlock;
  }
  return zeros;
}

}  // namespace

Status Growth::Add(const char* data, size_t size, uint64_t taken) {
  if (limits_.bytes == 0) return {};
  plain_ += size;
  zeros_ += ZerosOf(data, size);
  const std::string what = std::string("the ") + what_;
  if (plain_ > limits_.bytes) {
    return Status::Error(what + " holds more than " + std::to_string(limits_.bytes) + " bytes");
  }
  uint64_t filling = plain_ - zeros_;
  if (filling > limits_.unsuspected && filling / limits_.times > taken) {
    return Status::Error(what + " is a decompression bomb: it grows more than " +
                         std::to_string(limits_.times) + " times");
  }
  return {};
}

}  // namespace bryo
