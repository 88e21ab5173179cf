#include "attach/output_file.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace bryo {

OutputFile::OutputFile(int fd) : fd_(fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return;
  socket_ = S_ISSOCK(st.st_mode);
  if (!S_ISFIFO(st.st_mode) && ::isatty(fd) == 0) return;
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  own_.reset(::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  waits_ = !own_.valid();
}

OutputFile::Result OutputFile::Write(const char* data, size_t size, size_t& written) const {
  written = 0;
  if (waits_) {
    pollfd entry{fd_, POLLOUT, 0};
    if (::poll(&entry, 1, 0) == 0) return Result::kWouldBlock;
    size = std::min<size_t>(size, PIPE_BUF);
  }
  ssize_t n;
  do {
    n = socket_ ? ::send(fd_, data, size, MSG_DONTWAIT | MSG_NOSIGNAL) : ::write(fd(), data, size);
  } while (n < 0 && errno == EINTR);
  if (n >= 0) {
    written = static_cast<size_t>(n);
    return Result::kWritten;
  }
  return errno == EAGAIN ? Result::kWouldBlock : Result::kBroken;
}

}  // namespace bryo
