#include "api/again_stream.h"

#include <poll.h>

#include <utility>

namespace bryo::api {

bool AgainStream::Begin() {
  for (const UniqueFd& fd : fds_) {
    if (!loop_.Watch(fd.get(), EPOLLIN, *this)) return false;
  }
  if (wait_ != kNoDeadline) connection_.SetDeadline(MonotonicNow() + wait_);
  return connection_.SetInterest(EPOLLRDHUP);
}

// As a server of Go's has it, a client that says no more does not wait any longer.
void AgainStream::OnClient(uint32_t) { connection_.Close(); }

void AgainStream::OnEvents(uint32_t) {
  pollfd entries[kMaxAwaited] = {};
  for (size_t i = 0; i < fds_.size(); ++i) entries[i] = {fds_[i].get(), POLLIN, 0};
  if (::poll(entries, fds_.size(), 0) <= 0) return;
  for (size_t i = 0; i < fds_.size(); ++i) {
    if (entries[i].revents == 0) continue;
    WakeUp(static_cast<int>(i));
    return;
  }
}

void AgainStream::WakeUp(int woke) {
  Stop();
  connection_.ServeAgain({woke, std::move(state_), std::exchange(fds_, {})});
}

void AgainStream::Stop() {
  for (const UniqueFd& fd : fds_) loop_.Forget(fd.get());
}

}  // namespace bryo::api
