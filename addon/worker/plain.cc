#include <unistd.h>

#include <cstdio>
#include <vector>

#include "sys/io.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/decoder.h"

namespace bryo {
namespace {

constexpr size_t kPiece = 1 << 20;

Status CopyPlain(Decoder& decoder) {
  std::vector<char> piece(kPiece);
  for (;;) {
    size_t size = 0;
    Status status = decoder.Read(piece.data(), piece.size(), size);
    if (!status.ok() || size == 0) return status;
    if (!WriteFull(STDOUT_FILENO, piece.data(), size)) return Status::Errno("write");
  }
}

}  // namespace

int PlainCommand(int argc, char**) {
  if (argc != 0) return 1;
  ConfineTo(-1);
  Decoder decoder(STDIN_FILENO);
  Status status = CopyPlain(decoder);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
