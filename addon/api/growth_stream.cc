#include "api/growth_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "sys/same_file.h"

namespace bryo::api {
namespace {

// Between two looks: soon after something has come, and when nothing has for a while. As with logs,
// directories are not watched (follow_stream.cc).
constexpr int64_t kShortPause = 10 * kMillisecond;
constexpr int64_t kLongPause = 160 * kMillisecond;

// All that wait for long are looked after at once.
int64_t NextLook(int64_t now, int64_t pause) {
  return pause < kLongPause ? now + pause : (now / kLongPause + 1) * kLongPause;
}

}  // namespace

bool GrowthStream::Begin() {
  int64_t now = MonotonicNow();
  pause_ = kShortPause;
  if (flags_.wait != kNoDeadline) end_ = now + flags_.wait;
  // Not from here: the connection is about to carry this.
  connection_.SetDeadline(now);
  return connection_.SetInterest(EPOLLRDHUP);
}

// As a server of Go's has it, a client that says no more does not wait any longer.
void GrowthStream::OnClient(uint32_t) { connection_.Close(); }

void GrowthStream::OnDeadline() {
  int64_t now = MonotonicNow();
  bool has_grown = HasGrown();
  if (has_grown || now >= end_) {
    connection_.ServeAgain({has_grown ? 0 : -1, std::move(state_), std::move(fds_)});
    return;
  }
  connection_.SetDeadline(std::min(end_, NextLook(now, pause_)));
  pause_ = std::min(pause_ * 2, kLongPause);
}

// Or another file has its name by now.
bool GrowthStream::HasGrown() const {
  struct stat own {};
  struct stat named {};
  if (::fstat(fds_[0].get(), &own) == 0 && own.st_size != flags_.seen) return true;
  // While it is rotated the name is missing for a moment.
  return ::fstatat(fds_[1].get(), flags_.name.c_str(), &named, 0) == 0 && !IsSameFile(own, named);
}

}  // namespace bryo::api
