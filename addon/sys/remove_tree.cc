#include "sys/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sys/fd.h"
#include "sys/made_node.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// Deeper directories are moved up to the top of the tree and removed from there.
constexpr int kMaxDepth = 64;

Status OpenDirectory(int parent, const char* name, UniqueFd& out) {
  constexpr uint64_t kKind = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  out.reset(sys::openat2(parent, name, O_RDONLY | kKind, 0, RESOLVE_NO_XDEV));
  if (out.valid()) return {};
  if (errno != EACCES) return Status::Errno(name);
  // A directory that its owner may not read: it gets its mode back, and is opened again.
  UniqueFd node(sys::openat2(parent, name, O_PATH | kKind, 0, RESOLVE_NO_XDEV));
  if (!node.valid()) return Status::Errno(name);
  if (!ChangePinnedMode(node.get(), 0700).ok()) return Status::Errno(name, EACCES);
  out.reset(::openat(node.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return out.valid() ? Status() : Status::Errno(name);
}

struct CloseDir {
  DIR* dir;
  ~CloseDir() { ::closedir(dir); }
};

// Other processes may be removing the same tree.
Status Gone(const char* name) { return errno == ENOENT ? Status() : Status::Errno(name); }

class Removal {
 public:
  Status RemoveTop(int dirfd, const char* name);

 private:
  Status RemoveContents(UniqueFd directory, int depth);
  Status RemoveEntry(int directory, const char* name, int depth);

  int top_ = -1;
  unsigned moved_ = 0;
  bool again_ = false;
};

Status Removal::RemoveEntry(int directory, const char* name, int depth) {
  if (::unlinkat(directory, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return Status::Errno(name);
  if (::unlinkat(directory, name, AT_REMOVEDIR) == 0) return {};
  if (errno != ENOTEMPTY && errno != EEXIST) return Gone(name);
  if (depth == kMaxDepth) {
    char fresh[32];
    do {
      std::snprintf(fresh, sizeof(fresh), ".removing-%u", moved_++);
    } while (::faccessat(top_, fresh, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    again_ = true;
    return ::renameat(directory, name, top_, fresh) == 0 ? Status() : Gone(name);
  }
  UniqueFd child;
  Status opened = OpenDirectory(directory, name, child);
  if (!opened.ok()) return opened.err() == ENOENT ? Status() : opened;
  Status emptied = RemoveContents(std::move(child), depth + 1);
  if (!emptied.ok()) return emptied;
  return ::unlinkat(directory, name, AT_REMOVEDIR) == 0 ? Status() : Gone(name);
}

Status Removal::RemoveContents(UniqueFd directory, int depth) {
  struct stat st {};
  int fd = directory.get();
  if (::fstat(fd, &st) == 0 && (st.st_mode & 0700) != 0700) ::fchmod(fd, 0700);
  DIR* stream = ::fdopendir(fd);
  if (stream == nullptr) return Status::Errno("read a directory");
  directory.release();
  CloseDir closer{stream};
  while (const dirent* entry = ::readdir(stream)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    Status removed = RemoveEntry(fd, entry->d_name, depth);
    if (!removed.ok()) return removed;
  }
  return {};
}

Status Removal::RemoveTop(int dirfd, const char* name) {
  if (::unlinkat(dirfd, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR) return Status::Errno(name);
  UniqueFd top;
  Status opened = OpenDirectory(dirfd, name, top);
  if (!opened.ok()) return opened.err() == ENOENT ? Status() : opened;
  top_ = top.get();
  do {
    again_ = false;
    UniqueFd stream(::openat(top_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!stream.valid()) return Gone(name);
    Status emptied = RemoveContents(std::move(stream), 1);
    if (!emptied.ok()) return emptied;
  } while (again_);
  return ::unlinkat(dirfd, name, AT_REMOVEDIR) == 0 ? Status() : Gone(name);
}

}  // namespace

Status RemoveTree(int dirfd, const char* name) { return Removal().RemoveTop(dirfd, name); }

}  // namespace bryo
