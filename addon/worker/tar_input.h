// The plain bytes of a layer, decompressed ahead by one thread and hashed by another.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "sys/status.h"
#include "worker/growth.h"

namespace bryo {

// Reads what the library of digests would read when it is first used, which may be forbidden by
// then.
void PrepareDigests();

class TarInput {
 public:
  enum class Digests : char { kMade, kNone };

  // Fails when it grows beyond the limits.
  TarInput(int fd, const GrowthLimits& limits, Digests digests = Digests::kMade);
  ~TarInput();
  TarInput(const TarInput&) = delete;
  TarInput& operator=(const TarInput&) = delete;

  // Up to `max` bytes that stay valid until the next call; size 0: the end.
  Status Next(size_t max, const char*& data, size_t& size);
  // Exactly `size` bytes; `end` is set when there were none at all.
  Status ReadExact(char* out, size_t size, bool& end);
  Status Skip(uint64_t size);
  // Reads to the end and gives `sha256:…` of all bytes, empty where none is made, and their number.
  Status Finish(std::string& digest, uint64_t& total);

 private:
  static constexpr size_t kBuffers = 8;
  static constexpr size_t kBufferSize = 1 << 20;

  void Decompress();
  void Hash();
  bool AwaitBuffer();

  int fd_;
  Growth growth_;
  std::unique_ptr<char[]> memory_;
  size_t sizes_[kBuffers] = {};
  std::mutex mutex_;
  std::condition_variable changed_;
  // Numbers of buffers produced, hashed and consumed; a buffer is free once both readers passed it.
  uint64_t produced_ = 0;
  uint64_t hashed_ = 0;
  uint64_t consumed_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
  Status failure_;
  std::string digest_;
  uint64_t total_ = 0;
  size_t offset_ = 0;  // into the buffer being consumed
  std::thread decompressor_;
  std::thread hasher_;
};

}  // namespace bryo
