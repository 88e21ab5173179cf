#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "sys/io.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/decoder.h"
#include "worker/growth.h"

namespace bryo {
namespace {

constexpr size_t kPiece = 1 << 20;

Status CopyPlain(Decoder& decoder, Growth growth) {
  std::vector<char> piece(kPiece);
  for (;;) {
    size_t size = 0;
    Status status = decoder.Read(piece.data(), piece.size(), size);
    if (!status.ok() || size == 0) return status;
    status = growth.Add(piece.data(), size, decoder.taken());
    if (!status.ok()) return status;
    if (!WriteFull(STDOUT_FILENO, piece.data(), size)) return Status::Errno("write");
  }
}

}  // namespace

int PlainCommand(int argc, char** argv) {
  GrowthLimits limits;
  if (argc == 2) {
    limits.bytes = std::strtoull(argv[0], nullptr, 10);
    limits.unsuspected = std::strtoull(argv[1], nullptr, 10);
  } else if (argc != 0) {
    return 1;
  }
  Status status = Confine({.duty = Duty::kStream});
  Decoder decoder(STDIN_FILENO);
  if (status.ok()) status = CopyPlain(decoder, Growth(limits, "archive"));
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
