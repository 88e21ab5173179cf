#include "net/users.h"

#include <fcntl.h>
#include <time.h>

#include <cerrno>

#include "sys/contract.gen.h"

namespace bryo {
namespace {

struct flock ByteLock(short type, off_t byte) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  return lock;
}

void Pause(unsigned milliseconds) {
  timespec left{milliseconds / 1000, static_cast<long>(milliseconds % 1000) * 1'000'000};
  while (::nanosleep(&left, &left) != 0 && errno == EINTR) continue;
}

}  // namespace

pid_t HolderOf(const std::string& directory) {
  const std::string path = directory + "/" + kBridgeHolderFile;
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  struct flock lock = ByteLock(F_WRLCK, 0);
  if (!file.valid() || ::fcntl(file.get(), F_GETLK, &lock) != 0) return 0;
  return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

Status BridgeUsers::Open(const std::string& directory) {
  const std::string path = directory + "/" + kBridgeUsersFile;
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  file_.reset(file.valid() ? ::fcntl(file.get(), F_DUPFD_CLOEXEC, kFirstFreeFd) : -1);
  return file_.valid() ? Status() : Status::Errno(path);
}

bool BridgeUsers::MarkBegin() const {
  struct flock lock = ByteLock(F_WRLCK, kBeginByte);
  return ::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0;
}

void BridgeUsers::MarkReady() const {
  struct flock lock = ByteLock(F_UNLCK, kBeginByte);
  ::fcntl(file_.get(), F_OFD_SETLK, &lock);
}

bool BridgeUsers::HaveSpaces() const {
  struct flock lock = ByteLock(F_WRLCK, kSpaceByte);
  return ::fcntl(file_.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void BridgeUsers::AwaitLast(unsigned grace) const {
  for (;;) {
    struct flock lock = ByteLock(F_WRLCK, kUserByte);
    if (::fcntl(file_.get(), F_OFD_SETLKW, &lock) != 0) {
      if (errno != EINTR) Pause(grace);  // no memory for a lock
      continue;
    }
    lock.l_type = F_UNLCK;
    ::fcntl(file_.get(), F_OFD_SETLK, &lock);
    Pause(grace);
    lock.l_type = F_WRLCK;
    if (::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0) return;
  }
}

}  // namespace bryo
