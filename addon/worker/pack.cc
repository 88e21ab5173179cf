#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_marks.h"
#include "worker/names.h"
#include "worker/tar_writer.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;
constexpr size_t kPiece = 1 << 18;
constexpr char kWhiteout[] = ".wh.";
constexpr char kOpaqueMark[] = ".wh..wh..opq";

// Xattrs of overlay filesystems say how layers lie on each other, not what is in the files.
bool BelongsToOverlay(const char* name) {
  return std::strncmp(name, "user.overlay.", 13) == 0 ||
         std::strncmp(name, "user.fuseoverlayfs.", 19) == 0 ||
         std::strncmp(name, "trusted.", 8) == 0;
}

Status ReadXattrs(int fd, std::vector<std::pair<std::string, std::string>>& out) {
  ssize_t size = ::flistxattr(fd, nullptr, 0);
  if (size <= 0) return {};
  std::string names(static_cast<size_t>(size), '\0');
  size = ::flistxattr(fd, names.data(), names.size());
  for (const char* name = names.data(); name < names.data() + size; name += std::strlen(name) + 1) {
    if (BelongsToOverlay(name)) continue;
    char value[65536];
    ssize_t length = ::fgetxattr(fd, name, value, sizeof(value));
    if (length >= 0) out.emplace_back(name, std::string(value, static_cast<size_t>(length)));
  }
  std::sort(out.begin(), out.end());
  return {};
}

// Packs a tree in an order that only its names decide. A container may be changing it meanwhile: a
// file that shrinks is filled up with zeros, what vanishes is left out.
class Packer {
 public:
  Packer(int fd, bool own_all) : writer_(fd), own_all_(own_all), piece_(kPiece) {}

  Status Run(int root) {
    Status packed = Directory(root, "", 0);
    return packed.ok() ? writer_.Finish() : packed;
  }

 private:
  Status Directory(int directory, const std::string& path, int depth);
  Status Entry(int directory, const std::string& name, const std::string& path, int depth);
  Status File(int directory, const std::string& name, const struct stat& st, TarEntry& entry);
  Status Empty(const std::string& path);

  TarWriter writer_;
  bool own_all_;
  std::vector<char> piece_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

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
      return writer_.Header(entry);
    }
  }
  UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return errno == ENOENT ? Status() : Status::Errno(entry.path);
  Status read = ReadXattrs(fd.get(), entry.xattrs);
  if (!read.ok()) return read;
  entry.size = static_cast<uint64_t>(st.st_size);
  Status status = writer_.Header(entry);
  uint64_t left = entry.size;
  while (status.ok() && left > 0) {
    ssize_t n = ::read(fd.get(), piece_.data(), std::min<uint64_t>(left, piece_.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::Errno(entry.path);
    if (n == 0) {
      n = static_cast<ssize_t>(std::min<uint64_t>(left, piece_.size()));
      std::memset(piece_.data(), 0, static_cast<size_t>(n));
    }
    status = writer_.Content(piece_.data(), static_cast<size_t>(n));
    left -= static_cast<uint64_t>(n);
  }
  return status.ok() ? writer_.EndContent(entry.size) : status;
}

Status Packer::Entry(int directory, const std::string& name, const std::string& path, int depth) {
  struct stat st {};
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::Errno(path);
  }
  if (IsWhiteout(st)) {
    return Empty(path.substr(0, path.size() - name.size()) + kWhiteout + name);
  }
  TarEntry entry;
  entry.path = path;
  entry.mode = st.st_mode & 07777;
  entry.uid = own_all_ ? 0 : st.st_uid;
  entry.gid = own_all_ ? 0 : st.st_gid;
  entry.mtime = st.st_mtim;
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      return File(directory, name, st, entry);
    case S_IFLNK: {
      char target[PATH_MAX];
      ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof(target));
      if (size < 0) return errno == ENOENT ? Status() : Status::Errno(path);
      entry.type = EntryType::kSymlink;
      entry.link.assign(target, static_cast<size_t>(size));
      return writer_.Header(entry);
    }
    case S_IFIFO:
      entry.type = EntryType::kFifo;
      return writer_.Header(entry);
    case S_IFDIR:
      break;
    default:
      return {};  // sockets and device nodes mean nothing elsewhere
  }
  UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd.valid()) return errno == ENOENT ? Status() : Status::Errno(path);
  entry.type = EntryType::kDirectory;
  entry.path += '/';
  Status status = ReadXattrs(fd.get(), entry.xattrs);
  if (status.ok()) status = writer_.Header(entry);
  if (status.ok() && IsOpaque(fd.get())) status = Empty(entry.path + kOpaqueMark);
  return status.ok() ? Directory(fd.get(), entry.path, depth + 1) : status;
}

}  // namespace

int PackCommand(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[0], "--owner") != 0) return 1;
  UniqueFd root(::open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Status status;
  if (root.valid()) {
    ConfineTo(root.get());
    status = Packer(STDOUT_FILENO, std::strcmp(argv[1], "self") == 0).Run(root.get());
  } else {
    status = Status::Errno(argv[2]);
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
