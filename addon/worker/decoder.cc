#include "worker/decoder.h"

#include <isa-l/igzip_lib.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace bryo {
namespace {

constexpr size_t kInputSize = 1 << 18;
// A window of more than this (128 MiB) would let a small layer take the machine's memory.
constexpr int kZstdMaxWindowLog = 27;

Status Truncated() { return Status::Error("the layer is truncated"); }

}  // namespace

struct Decoder::Gzip {
  inflate_state state;
  bool in_member = false;
};

struct Decoder::Zstd {
  ZSTD_DStream* stream = ZSTD_createDStream();
  bool in_frame = false;
  ~Zstd() { ZSTD_freeDStream(stream); }
};

Decoder::Decoder(int fd) : fd_(fd), input_(kInputSize) {}
Decoder::~Decoder() = default;

Status Decoder::Fill() {
  if (at_ < end_ || eof_) return {};
  ssize_t n;
  do {
    n = ::read(fd_, input_.data(), input_.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) return Status::Errno("read the layer");
  at_ = 0;
  end_ = static_cast<size_t>(n);
  taken_ += static_cast<uint64_t>(n);
  eof_ = n == 0;
  return {};
}

Status Decoder::Detect() {
  // The magic may arrive in pieces.
  while (end_ < 4 && !eof_) {
    ssize_t n = ::read(fd_, input_.data() + end_, input_.size() - end_);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::Errno("read the layer");
    eof_ = n == 0;
    end_ += static_cast<size_t>(n);
    taken_ += static_cast<uint64_t>(n);
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(input_.data());
  if (end_ >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b) {
    format_ = Format::kGzip;
    gzip_ = std::make_unique<Gzip>();
  } else if (end_ >= 4 &&
             ((bytes[0] == 0x28 && bytes[1] == 0xb5 && bytes[2] == 0x2f && bytes[3] == 0xfd) ||
              ((bytes[0] & 0xf0) == 0x50 && bytes[1] == 0x2a && bytes[2] == 0x4d &&
               bytes[3] == 0x18))) {
    format_ = Format::kZstd;
    zstd_ = std::make_unique<Zstd>();
    ZSTD_DCtx_setParameter(zstd_->stream, ZSTD_d_windowLogMax, kZstdMaxWindowLog);
  } else {
    format_ = Format::kPlain;
  }
  return {};
}

Status Decoder::Read(char* out, size_t capacity, size_t& size) {
  size = 0;
  if (format_ == Format::kUnknown) {
    Status detected = Detect();
    if (!detected.ok()) return detected;
  }
  switch (format_) {
    case Format::kGzip:
      return ReadGzip(out, capacity, size);
    case Format::kZstd:
      return ReadZstd(out, capacity, size);
    default:
      return ReadPlain(out, capacity, size);
  }
}

Status Decoder::ReadPlain(char* out, size_t capacity, size_t& size) {
  while (size < capacity) {
    Status filled = Fill();
    if (!filled.ok()) return filled;
    if (at_ == end_) return {};
    size_t n = std::min(capacity - size, end_ - at_);
    std::memcpy(out + size, input_.data() + at_, n);
    at_ += n;
    size += n;
  }
  return {};
}

Status Decoder::ReadGzip(char* out, size_t capacity, size_t& size) {
  inflate_state& state = gzip_->state;
  while (size < capacity) {
    Status filled = Fill();
    if (!filled.ok()) return filled;
    if (at_ == end_) return gzip_->in_member ? Truncated() : Status();
    if (!gzip_->in_member) {
      isal_inflate_init(&state);
      state.crc_flag = ISAL_GZIP;
      gzip_->in_member = true;
    }
    state.next_in = reinterpret_cast<uint8_t*>(input_.data() + at_);
    state.avail_in = static_cast<uint32_t>(end_ - at_);
    state.next_out = reinterpret_cast<uint8_t*>(out + size);
    state.avail_out = static_cast<uint32_t>(capacity - size);
    int result = isal_inflate(&state);
    at_ = end_ - state.avail_in;
    size = capacity - state.avail_out;
    if (result != ISAL_DECOMP_OK && result != ISAL_END_INPUT) {
      return Status::Error("the layer's gzip data is corrupt");
    }
    if (state.block_state == ISAL_BLOCK_FINISH) gzip_->in_member = false;
  }
  return {};
}

Status Decoder::ReadZstd(char* out, size_t capacity, size_t& size) {
  while (size < capacity) {
    Status filled = Fill();
    if (!filled.ok()) return filled;
    ZSTD_inBuffer in{input_.data(), end_, at_};
    ZSTD_outBuffer target{out, capacity, size};
    if (at_ == end_ && !zstd_->in_frame) return {};
    size_t result = ZSTD_decompressStream(zstd_->stream, &target, &in);
    if (ZSTD_isError(result) != 0) {
      return Status::Error(std::string("the layer's zstd data is corrupt: ") +
                           ZSTD_getErrorName(result));
    }
    bool advanced = in.pos > at_ || target.pos > size;
    at_ = in.pos;
    size = target.pos;
    zstd_->in_frame = result != 0;
    if (!advanced && eof_) return zstd_->in_frame ? Truncated() : Status();
  }
  return {};
}

}  // namespace bryo
