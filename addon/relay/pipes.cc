#include "relay/pipes.h"

#include <fcntl.h>
#include <unistd.h>

namespace bryo {
namespace {

// More than the usual 64 KiB spares system calls.
constexpr int kWide = 1 << 18;
// A page, for those that come when there are many.
constexpr int kNarrow = 1 << 12;

}  // namespace

bool PipePool::Take(Pipe& out) {
  if (count_ > 0) {
    out = waiting_[--count_];
    return true;
  }
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) return false;
  const bool is_wide = wide_ < kMostWide;
  if (is_wide || open_ >= kMostWide + kMostUsual) {
    ::fcntl(fds[1], F_SETPIPE_SZ, is_wide ? kWide : kNarrow);
  }
  out = {fds[0], fds[1], 0, is_wide};
  if (is_wide) ++wide_;
  ++open_;
  return true;
}

void PipePool::Return(Pipe& pipe) {
  if (!pipe.is_open()) return;
  if (pipe.held == 0 && pipe.is_wide && count_ < kMost) {
    waiting_[count_++] = pipe;
  } else {
    if (pipe.is_wide) --wide_;
    --open_;
    ::close(pipe.read);
    ::close(pipe.write);
  }
  pipe = {};
}

}  // namespace bryo
