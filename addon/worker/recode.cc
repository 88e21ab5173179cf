#include <isa-l/igzip_lib.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "sys/io.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/decoder.h"

namespace bryo {
namespace {

constexpr size_t kPiece = 1 << 20;

// Compresses a stream onto standard output.
class Encoder {
 public:
  virtual ~Encoder() = default;
  // The last call has `last` set; its piece may be empty.
  virtual Status Write(char* data, size_t size, bool last) = 0;
};

class GzipEncoder : public Encoder {
 public:
  GzipEncoder() : level_buffer_(ISAL_DEF_LVL1_DEFAULT), output_(kPiece) {
    isal_deflate_init(&stream_);
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.level = 1;
    stream_.level_buf = level_buffer_.data();
    stream_.level_buf_size = static_cast<uint32_t>(level_buffer_.size());
  }

  Status Write(char* data, size_t size, bool last) override {
    stream_.next_in = reinterpret_cast<uint8_t*>(data);
    stream_.avail_in = static_cast<uint32_t>(size);
    stream_.end_of_stream = last ? 1 : 0;
    do {
      stream_.next_out = output_.data();
      stream_.avail_out = static_cast<uint32_t>(output_.size());
      if (isal_deflate(&stream_) != COMP_OK) return Status::Error("cannot compress with gzip");
      size_t made = output_.size() - stream_.avail_out;
      if (!WriteFull(STDOUT_FILENO, output_.data(), made)) return Status::Errno("write");
    } while (stream_.avail_out == 0 || stream_.avail_in > 0);
    return Status();
  }

 private:
  isal_zstream stream_;
  std::vector<uint8_t> level_buffer_;
  std::vector<uint8_t> output_;
};

class ZstdEncoder : public Encoder {
 public:
  ZstdEncoder() : context_(ZSTD_createCCtx()), output_(ZSTD_CStreamOutSize()) {}
  ~ZstdEncoder() override { ZSTD_freeCCtx(context_); }
  ZstdEncoder(const ZstdEncoder&) = delete;
  ZstdEncoder& operator=(const ZstdEncoder&) = delete;

  Status Write(char* data, size_t size, bool last) override {
    ZSTD_inBuffer input{data, size, 0};
    for (;;) {
      ZSTD_outBuffer output{output_.data(), output_.size(), 0};
      ZSTD_EndDirective mode = last ? ZSTD_e_end : ZSTD_e_continue;
      size_t rest = ZSTD_compressStream2(context_, &output, &input, mode);
      if (ZSTD_isError(rest)) return Status::Error("cannot compress with zstd");
      if (!WriteFull(STDOUT_FILENO, output_.data(), output.pos)) return Status::Errno("write");
      if (last ? rest == 0 : input.pos == input.size) return Status();
    }
  }

 private:
  ZSTD_CCtx* context_;
  std::vector<char> output_;
};

Status Recode(Decoder& decoder, Encoder& encoder) {
  std::vector<char> piece(kPiece);
  for (;;) {
    size_t size = 0;
    Status status = decoder.Read(piece.data(), piece.size(), size);
    if (!status.ok()) return status;
    status = encoder.Write(piece.data(), size, size == 0);
    if (!status.ok() || size == 0) return status;
  }
}

}  // namespace

int RecodeCommand(int argc, char** argv) {
  if (argc != 1) return 1;
  std::unique_ptr<Encoder> encoder;
  if (std::strcmp(argv[0], "gzip") == 0) encoder = std::make_unique<GzipEncoder>();
  if (std::strcmp(argv[0], "zstd") == 0) encoder = std::make_unique<ZstdEncoder>();
  if (encoder == nullptr) return 1;
  Status status = Confine({.duty = Duty::kStream});
  Decoder decoder(STDIN_FILENO);
  if (status.ok()) status = Recode(decoder, *encoder);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
