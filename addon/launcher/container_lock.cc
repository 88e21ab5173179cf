#include "launcher/container_lock.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace bryo {
namespace {

// Above those of a launcher's arguments, which a monitor that starts another one puts in their
// places.
constexpr int kFirstNumber = 64;

}  // namespace

Status TakeContainerLock(const std::string& path, UniqueFd& fd) {
  if (path.empty()) return {};
  UniqueFd file = std::move(fd);
  if (!file.valid()) {
    file.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    // Before it is locked: the lock goes with the first of the file's descriptors that is closed.
    UniqueFd moved(file.valid() ? ::fcntl(file.get(), F_DUPFD_CLOEXEC, kFirstNumber) : -1);
    if (moved.valid()) file = std::move(moved);
  }
  if (!file.valid()) return Status::Errno(path);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file.get(), F_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return Status::Errno("container is in use", EBUSY);
    return Status::Errno(path);
  }
  struct stat st {};
  if (::fstat(file.get(), &st) != 0 || st.st_nlink == 0) return Status::Errno(path, ENOENT);
  fd = std::move(file);
  return {};
}

}  // namespace bryo
