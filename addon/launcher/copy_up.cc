#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cstring>
#include <memory>

#include "launcher/mounts.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 256;

struct DirCloser {
  void operator()(DIR* dir) const { ::closedir(dir); }
};
using Directory = std::unique_ptr<DIR, DirCloser>;

Directory OpenDirectory(int fd) {
  int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return Directory(copy < 0 ? nullptr : ::fdopendir(copy));
}

bool IsDot(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

// Attributes that the filesystem or the kernel refuses are left out, as cp -a does.
void CopyAttributes(int from, int to) {
  char names[4096];
  char value[4096];
  ssize_t size = ::flistxattr(from, names, sizeof(names));
  for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(std::strlen(names + at)) + 1) {
    const char* name = names + at;
    if (std::strncmp(name, "user.overlay.", 13) == 0) continue;
    ssize_t length = ::fgetxattr(from, name, value, sizeof(value));
    if (length >= 0) ::fsetxattr(to, name, value, static_cast<size_t>(length), 0);
  }
}

Status CopyMetadata(const struct stat& st, int from, int to) {
  if (::fchown(to, st.st_uid, st.st_gid) != 0) return Status::Errno("chown");
  CopyAttributes(from, to);
  if (::fchmod(to, st.st_mode & 07777) != 0) return Status::Errno("chmod");
  const timespec times[2] = {st.st_atim, st.st_mtim};
  ::futimens(to, times);
  return {};
}

Status CopyTree(int from, int to, int depth);

Status CopyFile(int from_dir, const char* name, const struct stat& st, int to_dir) {
  UniqueFd from(::openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  UniqueFd to(::openat(to_dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!from.valid() || !to.valid()) return Status::Errno(name);
  off_t left = st.st_size;
  while (left > 0) {
    ssize_t n = ::copy_file_range(from.get(), nullptr, to.get(), nullptr,
                                  static_cast<size_t>(left), 0);
    if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) {
      n = ::sendfile(to.get(), from.get(), nullptr, static_cast<size_t>(left));
    }
    if (n < 0) return Status::Errno(name);
    if (n == 0) break;
    left -= n;
  }
  return CopyMetadata(st, from.get(), to.get());
}

Status CopyLink(int from_dir, const char* name, const struct stat& st, int to_dir) {
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(from_dir, name, target, sizeof(target) - 1);
  if (size < 0) return Status::Errno(name);
  target[size] = '\0';
  if (::symlinkat(target, to_dir, name) != 0) return Status::Errno(name);
  int owned = ::fchownat(to_dir, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
  return owned == 0 ? Status() : Status::Errno(name);
}

Status CopyDirectory(int from_dir, const char* name, const struct stat& st, int to_dir,
                     int depth) {
  UniqueFd from(::openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!from.valid() || ::mkdirat(to_dir, name, 0700) != 0) return Status::Errno(name);
  UniqueFd to(::openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!to.valid()) return Status::Errno(name);
  Status copied = CopyTree(from.get(), to.get(), depth + 1);
  return copied.ok() ? CopyMetadata(st, from.get(), to.get()) : copied;
}

Status CopyTree(int from, int to, int depth) {
  if (depth > kMaxDepth) return Status::Errno("copy", ELOOP);
  Directory directory = OpenDirectory(from);
  if (!directory) return Status::Errno("opendir");
  while (dirent* entry = ::readdir(directory.get())) {
    const char* name = entry->d_name;
    struct stat st {};
    if (IsDot(name)) continue;
    if (::fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Status::Errno(name);
    Status copied;
    if (S_ISDIR(st.st_mode)) copied = CopyDirectory(from, name, st, to, depth);
    if (S_ISREG(st.st_mode)) copied = CopyFile(from, name, st, to);
    if (S_ISLNK(st.st_mode)) copied = CopyLink(from, name, st, to);
    if (!copied.ok()) return copied;
  }
  return {};
}

bool IsEmpty(int fd) {
  Directory directory = OpenDirectory(fd);
  if (!directory) return false;
  while (dirent* entry = ::readdir(directory.get())) {
    if (!IsDot(entry->d_name) && std::strcmp(entry->d_name, "lost+found") != 0) return false;
  }
  return true;
}

}  // namespace

Status CopyUp(int from, int to, bool keep_mode) {
  struct stat st {};
  if (::fstat(from, &st) != 0) return Status::Errno("stat");
  if (!S_ISDIR(st.st_mode) || !IsEmpty(to)) return {};
  // A directory that was just made for the mount says nothing about how it should look; and one that
  // was given to somebody stays theirs (volume create -o o=uid=…).
  bool fresh = (st.st_mode & 07777) == 0755 && IsEmpty(from);
  struct stat own {};
  bool given = ::fstat(to, &own) == 0 && (own.st_uid != 0 || own.st_gid != 0);
  Status copied = CopyTree(from, to, 0);
  if (!copied.ok() || keep_mode || fresh || given) return copied;
  UniqueFd source(::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  UniqueFd target(::openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!source.valid() || !target.valid()) return Status::Errno("open");
  return CopyMetadata(st, source.get(), target.get());
}

}  // namespace bryo
