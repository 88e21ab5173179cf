#include "api/follow_stream.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <utility>

#include "api/log.h"
#include "sys/same_file.h"

namespace bryo::api {
namespace {

constexpr size_t kReadAtOnce = 65536;
// Before the others have their turn.
constexpr int kTurns = 8;
// Between two looks at a log: of a container that writes, and of one that has not for a while.
// Watches of directories are few for a user (fs.inotify.max_user_instances).
constexpr int64_t kShortPause = 10 * kMillisecond;
constexpr int64_t kLongPause = 160 * kMillisecond;
char g_bytes[kReadAtOnce];

}  // namespace

bool FollowStream::Begin() {
  if (flags_.offset >= 0 && ::lseek(log_.file.get(), flags_.offset, SEEK_SET) < 0) return false;
  if (!loop_.Watch(log_.monitor.get(), EPOLLIN, *this)) return false;
  pause_ = kShortPause;
  client_.SetInterest(EPOLLRDHUP);
  Pump();
  return true;
}

void FollowStream::OnClient(uint32_t events) {
  // As a server of Go's has it, a client that says no more does not read any longer.
  if ((events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) {
    client_.Close();
    return;
  }
  if ((events & EPOLLOUT) == 0) return;
  switch (client_.outgoing().Flush(client_.fd())) {
    case Outgoing::Result::kBroken:
      client_.Close();
      break;
    case Outgoing::Result::kWaits:
      break;
    case Outgoing::Result::kDone:
      client_.SetInterest(EPOLLRDHUP);
      Pump();
      break;
  }
}

// The monitor has ended: what there is to read now is all.
void FollowStream::OnEvents(uint32_t) {
  has_ended_ = true;
  loop_.Change(log_.monitor.get(), EPOLLET, *this);
  if (client_.outgoing().empty()) Pump();
}

void FollowStream::Pump() {
  for (int turn = 0; turn < kTurns; ++turn) {
    switch (ReadSome()) {
      case Read::kSome:
        pause_ = kShortPause;
        continue;
      case Read::kBroken:
        return;
      case Read::kNone:
        break;
    }
    if (TakeSuccessor()) continue;
    if (has_ended_ && !is_last_) {
      GiveBack();
      return;
    }
    client_.SetDeadline(MonotonicNow() + pause_);
    pause_ = std::min(pause_ * 2, kLongPause);
    return;
  }
  client_.SetDeadline(MonotonicNow());
}

// kBroken: nothing more is to be read now, for the client is slow or gone.
FollowStream::Read FollowStream::ReadSome() {
  ssize_t n;
  do {
    n = ::read(log_.file.get(), g_bytes, sizeof(g_bytes));
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return Read::kNone;
  std::string out;
  lines_.Add({g_bytes, static_cast<size_t>(n)}, out);
  return out.empty() || Send(out) ? Read::kSome : Read::kBroken;
}

// True: more can be sent at once.
bool FollowStream::Send(std::string_view bytes) {
  char size[24];
  int length = flags_.chunked ? std::snprintf(size, sizeof(size), "%zx\r\n", bytes.size()) : 0;
  std::string_view header(size, static_cast<size_t>(length));
  Outgoing& outgoing = client_.outgoing();
  Outgoing::Result result = outgoing.Send(client_.fd(), header, bytes);
  if (flags_.chunked && result != Outgoing::Result::kBroken) {
    result = outgoing.Send(client_.fd(), {}, "\r\n");
  }
  if (result == Outgoing::Result::kBroken) {
    client_.Close();
    return false;
  }
  if (result == Outgoing::Result::kDone) return true;
  client_.SetDeadline(kNoDeadline);
  client_.SetInterest(EPOLLOUT | EPOLLRDHUP);
  return false;
}

std::string FollowStream::NameOf(int age) const {
  return age == 0 ? flags_.name : flags_.name + "." + std::to_string(age);
}

// The age of the file that came after this one; -1: this is the newest, or nobody can tell now.
int FollowStream::NewerThan(const struct stat& own) const {
  int oldest = -1;
  for (int age = 0; age < static_cast<int>(flags_.files); ++age) {
    struct stat other {};
    if (::fstatat(log_.directory.get(), NameOf(age).c_str(), &other, AT_SYMLINK_NOFOLLOW) != 0) {
      // In the midst of a rotation the newest is missing for a moment.
      if (age == 0) return -1;
      continue;
    }
    if (IsSameFile(own, other)) return age - 1;
    oldest = age;
  }
  return oldest;
}

// Of a file that has a successor everything is read first: the monitor writes to the newest only.
bool FollowStream::TakeSuccessor() {
  struct stat own {};
  if (::fstat(log_.file.get(), &own) != 0) return false;
  int age = NewerThan(own);
  if (age < 0) return is_last_ = false;
  if (!is_last_) return is_last_ = true;
  struct stat found {};
  UniqueFd next(::openat(log_.directory.get(), NameOf(age).c_str(),
                         O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!next.valid() || ::fstat(next.get(), &found) != 0 || !S_ISREG(found.st_mode)) return false;
  // Rotated meanwhile: what is older comes first.
  struct stat again {};
  if (NewerThan(own) != age ||
      ::fstatat(log_.directory.get(), NameOf(age).c_str(), &again, AT_SYMLINK_NOFOLLOW) != 0 ||
      !IsSameFile(found, again)) {
    return true;
  }
  log_.file = std::move(next);
  lines_.Forget();
  is_last_ = false;
  return true;
}

// The worker says whether that is all, or the container is started again.
void FollowStream::GiveBack() {
  ::lseek(log_.file.get(), -static_cast<off_t>(lines_.waiting()), SEEK_CUR);
  Stop();
  std::vector<UniqueFd> fds;
  fds.push_back(std::move(log_.file));
  fds.push_back(std::move(log_.directory));
  client_.ServeAgain({-1, std::move(state_), std::move(fds)});
}

}  // namespace bryo::api
