// Decompression of a layer: plain, gzip (ISA-L) or zstd, told by the first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sys/status.h"

namespace bryo {

class Decoder {
 public:
  explicit Decoder(int fd);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Fills up to `capacity` plain bytes; `size` 0 is the end. A stream cut short is an error.
  Status Read(char* out, size_t capacity, size_t& size);

  // How many bytes have been read from the descriptor.
  uint64_t taken() const { return taken_; }

 private:
  struct Gzip;
  struct Zstd;
  enum class Format { kUnknown, kPlain, kGzip, kZstd };

  Status Fill();
  Status Detect();
  Status ReadPlain(char* out, size_t capacity, size_t& size);
  Status ReadGzip(char* out, size_t capacity, size_t& size);
  Status ReadZstd(char* out, size_t capacity, size_t& size);

  int fd_;
  Format format_ = Format::kUnknown;
  std::vector<char> input_;
  size_t at_ = 0;
  size_t end_ = 0;
  uint64_t taken_ = 0;
  bool eof_ = false;
  std::unique_ptr<Gzip> gzip_;
  std::unique_ptr<Zstd> zstd_;
};

}  // namespace bryo
