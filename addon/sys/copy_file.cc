#include "sys/copy_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "sys/storage_attributes.h"

namespace bryo {
namespace {

// Copies a piece inside the kernel. Both offsets are at its start.
Status CopyPiece(int from, int to, off_t size) {
  while (size > 0) {
    ssize_t n = ::copy_file_range(from, nullptr, to, nullptr, static_cast<size_t>(size), 0);
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS)) {
      n = ::sendfile(to, from, nullptr, static_cast<size_t>(size));
    }
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::Errno("copy");
    if (n == 0) break;
    size -= n;
  }
  return {};
}

}  // namespace

Xattrs ReadXattrs(int fd) {
  Xattrs out;
  ssize_t size = ::flistxattr(fd, nullptr, 0);
  if (size <= 0) return out;
  std::string names(static_cast<size_t>(size), '\0');
  size = ::flistxattr(fd, names.data(), names.size());
  std::vector<char> value(65536);
  for (const char* name = names.data(); name < names.data() + size; name += std::strlen(name) + 1) {
    if (BelongsToStorage(name)) continue;
    ssize_t length = ::fgetxattr(fd, name, value.data(), value.size());
    if (length >= 0) out.emplace_back(name, std::string(value.data(), static_cast<size_t>(length)));
  }
  std::sort(out.begin(), out.end());
  return out;
}

Status CopyContent(int from, int to, off_t size) {
  if (::ioctl(to, FICLONE, from) == 0) return {};
  if (::ftruncate(to, size) != 0) return Status::Errno("truncate");
  off_t at = 0;
  while (at < size) {
    off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    // Without an answer all of it is data.
    off_t end = data < 0 ? -1 : ::lseek(from, data, SEEK_HOLE);
    if (data < 0) data = at;
    if (end < 0) end = size;
    if (::lseek(from, data, SEEK_SET) < 0 || ::lseek(to, data, SEEK_SET) < 0) {
      return Status::Errno("seek");
    }
    Status copied = CopyPiece(from, to, std::min(end, size) - data);
    if (!copied.ok()) return copied;
    at = end;
  }
  return {};
}

Status CopyMetadata(const struct stat& st, int from, int to, bool strict) {
  if (::fchown(to, st.st_uid, st.st_gid) != 0) return Status::Errno("change the owner");
  if (::fchmod(to, st.st_mode & 07777) != 0) return Status::Errno("change the mode");
  for (const auto& [name, value] : ReadXattrs(from)) {
    int set = ::fsetxattr(to, name.c_str(), value.data(), value.size(), 0);
    if (set != 0 && strict && errno != EPERM && errno != ENOTSUP) return Status::Errno(name);
  }
  const timespec times[2] = {st.st_atim, st.st_mtim};
  return ::futimens(to, times) == 0 ? Status() : Status::Errno("set the time");
}

}  // namespace bryo
