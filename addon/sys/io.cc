#include "sys/io.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sys/fd.h"

namespace bryo {

bool ReadFull(int fd, void* buffer, size_t size) {
  auto* at = static_cast<char*>(buffer);
  while (size > 0) {
    ssize_t n = ::read(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool WriteFull(int fd, const void* buffer, size_t size) {
  const auto* at = static_cast<const char*>(buffer);
  while (size > 0) {
    ssize_t n = ::write(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    at += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

void WidenPipe(int fd) {
  constexpr int kRoom = 1 << 20;
  ::fcntl(fd, F_SETPIPE_SZ, kRoom);
}

bool ReadAll(int fd, size_t limit, std::string& out) {
  char chunk[4096];
  for (;;) {
    ssize_t n = ::read(fd, chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0) return true;
    if (out.size() + static_cast<size_t>(n) > limit) {
      errno = EFBIG;
      return false;
    }
    out.append(chunk, static_cast<size_t>(n));
  }
}

bool WriteFileAt(int dirfd, const char* path, std::string_view content) {
  UniqueFd fd(::openat(dirfd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return false;
  ssize_t n = ::write(fd.get(), content.data(), content.size());
  return n == static_cast<ssize_t>(content.size());
}

int WaitFor(pid_t pid) {
  int status = 0;
  pid_t got;
  do {
    got = ::waitpid(pid, &status, 0);
  } while (got < 0 && errno == EINTR);
  return got == pid ? status : -1;
}

unsigned long long ProcessStartTicks(pid_t pid) {
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), 8192, text)) return 0;
  // The command name (field 2) may hold spaces and parentheses: count from its last ')'.
  size_t at = text.rfind(')');
  if (at == std::string::npos) return 0;
  const char* p = text.c_str() + at + 1;
  for (int field = 3; field <= 22; ++field) {
    while (*p == ' ') ++p;
    if (field == 22) return std::strtoull(p, nullptr, 10);
    while (*p != '\0' && *p != ' ') ++p;
  }
  return 0;
}

}  // namespace bryo
