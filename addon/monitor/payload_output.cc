#include "monitor/payload_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "monitor/protocol.h"

namespace bryo {
namespace {

constexpr int64_t kFirstRetry = 10 * kMillisecond;
constexpr int64_t kLongestRetry = 1000 * kMillisecond;
// A user's pipes share one budget of pages (fs.pipe-user-pages-soft): grown only for a flood.
constexpr int kFloodPipe = 262144;

}  // namespace

OutputStream::OutputStream(UniqueFd fd, bool terminal, char type, std::string_view name)
    : fd_(std::move(fd)), terminal_(terminal), type_(type), name_(name) {
  if (fd_.valid()) ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
}

void OutputStream::GrowPipe() {
  grown_ = true;
  if (!terminal_) ::fcntl(fd_.get(), F_SETPIPE_SZ, kFloodPipe);
}

OutputStream::Result OutputStream::Read(char* buffer, size_t capacity, bool payload_lives,
                                        size_t& size) {
  ssize_t n;
  do {
    n = ::read(fd_.get(), buffer, capacity);
  } while (n < 0 && errno == EINTR);
  if (n > 0) {
    size = static_cast<size_t>(n);
    if (size == capacity && !grown_) GrowPipe();
    retry_at_ = kNoDeadline;
    retry_delay_ = 0;
    return Result::kData;
  }
  if (n < 0 && errno == EAGAIN) {
    retry_at_ = kNoDeadline;
    return Result::kNothing;
  }
  // EIO from a terminal: no process has its other side open.
  if (terminal_ && n < 0 && errno == EIO && payload_lives) {
    retry_delay_ = std::clamp(retry_delay_ * 2, kFirstRetry, kLongestRetry);
    retry_at_ = MonotonicNow() + retry_delay_;
    return Result::kNothing;
  }
  return Result::kEnd;
}

void TakeOutputs(OutputStream (&outputs)[2], UniqueFd terminal, UniqueFd out, UniqueFd error) {
  bool is_terminal = terminal.valid();
  UniqueFd first = is_terminal ? std::move(terminal) : std::move(out);
  outputs[0] = OutputStream(std::move(first), is_terminal, kStdout, "stdout");
  outputs[1] = OutputStream(std::move(error), false, kStderr, "stderr");
}

}  // namespace bryo
