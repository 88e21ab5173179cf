#include "relay/pipes.h"

#include <fcntl.h>
#include <unistd.h>

namespace bryo {
namespace {

// More than the usual 64 KiB spares system calls; an ordinary user may have 64 MiB of them in all.
constexpr int kPipeSize = 1 << 18;

}  // namespace

bool PipePool::Take(Pipe& out) {
  if (count_ > 0) {
    out = waiting_[--count_];
    return true;
  }
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  ::fcntl(fds[1], F_SETPIPE_SZ, kPipeSize);
  out = {fds[0], fds[1], 0};
  return true;
}

void PipePool::Return(Pipe& pipe) {
  if (!pipe.is_open()) return;
  if (pipe.held == 0 && count_ < kMost) {
    waiting_[count_++] = pipe;
  } else {
    ::close(pipe.read);
    ::close(pipe.write);
  }
  pipe = {};
}

}  // namespace bryo
