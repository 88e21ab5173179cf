#include "worker/packer.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <utility>

#include "sys/copy_file.h"
#include "sys/fd.h"
#include "sys/root_path.h"
#include "worker/layer_marks.h"
#include "worker/mark_names.h"
#include "worker/names.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;

}  // namespace

Status Packer::Empty(const std::string& path) {
  TarEntry mark;
  mark.path = path;
  return writer_.Header(mark);
}

Status Packer::Directory(int directory, const std::string& path, int depth) {
  if (depth > kMaxDepth) return Status::Error("the tree is too deep");
  std::vector<std::string> names;
  Status listed = SortedNames(directory, names);
  if (!listed.ok()) return listed;
  for (const std::string& name : names) {
    Status packed = Entry(directory, name, path + name, depth);
    if (!packed.ok()) return packed;
  }
  return {};
}

Status Packer::File(int directory, const std::string& name, const struct stat& st,
                    TarEntry& entry) {
  if (st.st_nlink > 1) {
    auto [known, fresh] = linked_.emplace(std::make_pair(st.st_dev, st.st_ino), entry.path);
    if (!fresh) {
      entry.type = EntryType::kHardLink;
      entry.link = known->second;
      // No content follows, and readers that go by the size would take other bytes for it.
      entry.size = 0;
      return writer_.Header(entry);
    }
  }
  UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return Unreadable(entry.path);
  return FileContent(fd.get(), entry);
}

// Where the hole at an offset ends, which is the offset itself when data is there; and where that
// data ends. Of what cannot tell all is data.
off_t Packer::FindData(int fd, off_t at, off_t size, off_t& data_end) {
  data_end = size;
  off_t data = ::lseek(fd, at, SEEK_DATA);
  if (data < 0) return errno == ENXIO ? size : at;
  off_t hole = ::lseek(fd, data, SEEK_HOLE);
  if (hole > data) data_end = std::min(hole, size);
  return std::min(data, size);
}

Status Packer::Zeros(uint64_t size) {
  std::memset(piece_.data(), 0, piece_.size());
  Status status;
  while (status.ok() && size > 0) {
    size_t part = std::min<uint64_t>(size, piece_.size());
    status = writer_.Content(piece_.data(), part);
    size -= part;
  }
  return status;
}

// The kernel makes the content of such files as they are read, and says 0 or a page as their size.
bool Packer::IsGenerated(int fd, uint64_t size) {
  if (size != 0 && size != static_cast<uint64_t>(::sysconf(_SC_PAGESIZE))) return false;
  struct statfs fs {};
  if (::fstatfs(fd, &fs) != 0) return false;
  switch (static_cast<unsigned long>(fs.f_type)) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
      return true;
    default:
      return false;
  }
}

// Of a generated file as much is packed as it gives: its size is known once all of it is read.
Status Packer::Generated(int fd, TarEntry& entry) {
  std::string content;
  for (;;) {
    ssize_t n = ::read(fd, piece_.data(), piece_.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Unreadable(entry.path);
    if (n == 0) break;
    content.append(piece_.data(), static_cast<size_t>(n));
    if (content.size() > kMostGenerated) return Status::Errno(entry.path, EFBIG);
  }
  entry.size = content.size();
  Status status = writer_.Header(entry);
  if (status.ok()) status = writer_.Content(content.data(), content.size());
  return status.ok() ? writer_.EndContent(entry.size) : status;
}

Status Packer::FileContent(int fd, TarEntry& entry) {
  if (IsGenerated(fd, entry.size)) return Generated(fd, entry);
  entry.xattrs = ReadXattrs(fd);
  bytes_ += entry.size;
  Status status = writer_.Header(entry);
  if (options_.known != nullptr && entry.size >= KnownFiles::kLeastSize) {
    std::string digest;
    if (status.ok()) status = options_.known->DigestOf(fd, entry.path, digest);
    return status.ok() ? writer_.Content(digest.data(), digest.size()) : status;
  }
  auto size = static_cast<off_t>(entry.size);
  off_t at = 0;
  // A small file is not worth the question.
  off_t data_end = entry.size < kPiece ? size : 0;
  while (status.ok() && at < size) {
    if (at == data_end) {
      off_t data = FindData(fd, at, size, data_end);
      status = Zeros(static_cast<uint64_t>(data - at));
      at = data;
      if (::lseek(fd, at, SEEK_SET) < 0) return Status::Errno(entry.path);
      continue;
    }
    auto left = static_cast<size_t>(data_end - at);
    ssize_t n = ::read(fd, piece_.data(), std::min(left, piece_.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::Errno(entry.path);
    if (n == 0) break;  // it has shrunk
    status = writer_.Content(piece_.data(), static_cast<size_t>(n));
    at += n;
  }
  if (status.ok()) status = Zeros(static_cast<uint64_t>(size - at));
  return status.ok() ? writer_.EndContent(entry.size) : status;
}

TarEntry Packer::EntryOf(const struct stat& st, const std::string& path) const {
  TarEntry entry;
  entry.path = path;
  entry.mode = st.st_mode & 07777;
  bool root_owns = options_.own_all || options_.root_owns;
  entry.uid = root_owns ? 0 : st.st_uid;
  entry.gid = root_owns ? 0 : st.st_gid;
  entry.mtime = st.st_mtim;
  if (options_.newest && entry.mtime.tv_sec >= *options_.newest)
    entry.mtime = {*options_.newest, 0};
  if (options_.time) entry.mtime = {*options_.time, 0};
  if (S_ISREG(st.st_mode)) entry.size = static_cast<uint64_t>(st.st_size);
  return entry;
}

Status Packer::Tree(int fd, TarEntry& entry, int depth) {
  entry.type = EntryType::kDirectory;
  entry.path += '/';
  entry.xattrs = ReadXattrs(fd);
  Status status = writer_.Header(entry);
  if (status.ok() && options_.marks && IsOpaque(fd))
    status = Empty(entry.path + std::string(kOpaqueMark));
  return status.ok() ? Directory(fd, entry.path, depth + 1) : status;
}

Status Packer::RunDirectory(int directory, const std::string& name) {
  struct stat st {};
  if (::fstat(directory, &st) != 0) return Status::Errno(name);
  TarEntry entry = EntryOf(st, name);
  Status packed = Tree(directory, entry, 0);
  return packed.ok() ? writer_.Finish() : packed;
}

Status Packer::RunFile(int file, const std::string& name) {
  struct stat st {};
  if (::fstat(file, &st) != 0) return Status::Errno(name);
  TarEntry entry = EntryOf(st, name);
  Status packed = FileContent(file, entry);
  return packed.ok() ? writer_.Finish() : packed;
}

Status Packer::Unreadable(const std::string& path) const {
  bool gone = errno == ENOENT || errno == ESRCH;
  bool denied = errno == EACCES || errno == EPERM || errno == EIO || errno == EINVAL;
  return gone || (denied && options_.skip_unreadable) ? Status() : Status::Errno(path);
}

uint64_t Packer::MountOf(int directory, const char* name) {
  struct statx st {};
  int flags = AT_SYMLINK_NOFOLLOW | (*name == '\0' ? AT_EMPTY_PATH : 0);
  if (::statx(directory, name, flags, STATX_MNT_ID, &st) != 0) return 0;
  return (st.stx_mask & STATX_MNT_ID) != 0 ? st.stx_mnt_id : 0;
}

// An entry that is no directory.
Status Packer::Found(int directory, const std::string& name, const struct stat& st,
                     TarEntry& entry) {
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      return File(directory, name, st, entry);
    case S_IFLNK: {
      char target[PATH_MAX];
      ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof(target));
      if (size < 0) return errno == ENOENT ? Status() : Status::Errno(entry.path);
      entry.type = EntryType::kSymlink;
      entry.link.assign(target, static_cast<size_t>(size));
      return writer_.Header(entry);
    }
    case S_IFIFO:
      entry.type = EntryType::kFifo;
      return writer_.Header(entry);
    default:
      ++skipped_;  // sockets and device nodes mean nothing elsewhere
      return {};
  }
}

Status Packer::Entry(int directory, const std::string& name, const std::string& path, int depth) {
  struct stat st {};
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::Errno(path);
  }
  if (options_.marks && IsWhiteout(st)) {
    return Empty(path.substr(0, path.size() - name.size()) + std::string(kMarkPrefix) + name);
  }
  if (options_.marks && IsMark(name)) {
    if (left_out_.count++ == 0) left_out_.first = path;
    return {};
  }
  TarEntry entry = EntryOf(st, path);
  if (options_.one_mount && MountOf(directory, name.c_str()) != mount_) {
    if (!S_ISDIR(st.st_mode)) return {};
    entry.type = EntryType::kDirectory;
    entry.path += '/';
    return writer_.Header(entry);
  }
  if (!S_ISDIR(st.st_mode)) return Found(directory, name, st, entry);
  UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return Unreadable(path);
  return Tree(fd.get(), entry, depth);
}

Status Packer::Item(int root, const PackItem& item) {
  size_t slash = item.path.rfind('/');
  std::string name = slash == std::string::npos ? item.path : item.path.substr(slash + 1);
  std::string above = slash == std::string::npos ? "." : item.path.substr(0, slash);
  if (!parent_.valid() || parent_path_ != above) {
    Status opened = OpenInRoot(root, above.empty() ? "/" : above, O_PATH | O_DIRECTORY, parent_);
    if (!opened.ok()) return Status::Errno(item.path, opened.err());
    parent_path_ = above;
  }
  struct stat st {};
  UniqueFd target;
  if (item.follow) {
    // Devices are looked at and never opened.
    Status opened = OpenInRoot(root, item.path, O_PATH, target);
    if (!opened.ok()) return Status::Errno(item.path, opened.err());
    if (::fstat(target.get(), &st) != 0) return Status::Errno(item.path);
    if (S_ISREG(st.st_mode)) opened = OpenInRoot(root, item.path, O_RDONLY | O_NONBLOCK, target);
    struct stat now {};
    if (!opened.ok() || ::fstat(target.get(), &now) != 0) return Status::Errno(item.path);
    if (now.st_ino != st.st_ino || now.st_dev != st.st_dev) return Status::Errno(item.path, ESTALE);
  } else if (::fstatat(parent_.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return Status::Errno(item.path);
  }
  TarEntry entry = EntryOf(st, item.name);
  if (item.mode && !S_ISLNK(st.st_mode)) entry.mode = *item.mode;
  if (item.follow && S_ISREG(st.st_mode)) return FileContent(target.get(), entry);
  if (!S_ISDIR(st.st_mode)) return Found(parent_.get(), name, st, entry);
  UniqueFd directory(
      ::openat(parent_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid()) return Status::Errno(item.path);
  entry.type = EntryType::kDirectory;
  entry.path += '/';
  entry.xattrs = ReadXattrs(directory.get());
  return writer_.Header(entry);
}

Status Packer::RunItems(int root, const std::vector<PackItem>& items) {
  for (const PackItem& item : items) {
    Status packed = Item(root, item);
    if (!packed.ok()) return packed;
  }
  return writer_.Finish();
}

}  // namespace bryo
