#include "launcher/copy_up.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "sys/copy_file.h"
#include "sys/made_node.h"
#include "sys/root_path.h"
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

bool IsDot(const char* name) { return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0; }

class TreeCopier {
 public:
  explicit TreeCopier(int to) : root_(to) {}

  Status Run(int from) { return Tree(from, root_, "", 0); }

 private:
  Status Tree(int from, int to, const std::string& path, int depth);
  Status Entry(int from, int to, const std::string& path, const char* name, int depth);
  Status File(int from_dir, const char* name, const struct stat& st, int to_dir);
  Status Link(int from_dir, const char* name, const struct stat& st, int to_dir);
  Status Subdirectory(int from_dir, const struct stat& st, int to_dir, const std::string& path,
                      const char* name, int depth);
  // True when the same file has been copied under another name: it is linked.
  Status LinkKnown(const struct stat& st, int to, const std::string& path, const char* name,
                   bool& known);

  int root_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // paths below the root
};

Status TreeCopier::File(int from_dir, const char* name, const struct stat& st, int to_dir) {
  UniqueFd from(::openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  UniqueFd to(::openat(to_dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!from.valid() || !to.valid()) return Status::Errno(name);
  Status copied = CopyContent(from.get(), to.get(), st.st_size);
  if (!copied.ok()) return Status::Errno(name, copied.err());
  return CopyMetadata(st, from.get(), to.get(), false);
}

// Links and pipes, which are not opened.
Status TreeCopier::Link(int from_dir, const char* name, const struct stat& st, int to_dir) {
  if (S_ISLNK(st.st_mode)) {
    char target[PATH_MAX];
    ssize_t size = ::readlinkat(from_dir, name, target, sizeof(target) - 1);
    if (size < 0) return Status::Errno(name);
    target[size] = '\0';
    if (::symlinkat(target, to_dir, name) != 0) return Status::Errno(name);
  } else if (::mknodat(to_dir, name, S_IFIFO | 0600, 0) != 0) {
    return Status::Errno(name);
  }
  // Not by its name, in whose place somebody who has the volume, too, may have put something else.
  NodeMetadata metadata{.type = st.st_mode & S_IFMT, .mode = st.st_mode & 07777};
  metadata.owner.emplace(st.st_uid, st.st_gid);
  metadata.times[0] = st.st_atim;
  metadata.times[1] = st.st_mtim;
  return DescribeMadeNode(to_dir, name, metadata);
}

Status TreeCopier::Subdirectory(int from_dir, const struct stat& st, int to_dir,
                                const std::string& path, const char* name, int depth) {
  UniqueFd from(::openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!from.valid() || ::mkdirat(to_dir, name, 0700) != 0) return Status::Errno(name);
  UniqueFd to(::openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!to.valid()) return Status::Errno(name);
  Status copied = Tree(from.get(), to.get(), path + name + '/', depth + 1);
  return copied.ok() ? CopyMetadata(st, from.get(), to.get(), false) : copied;
}

Status TreeCopier::LinkKnown(const struct stat& st, int to, const std::string& path,
                             const char* name, bool& known) {
  known = false;
  if (S_ISDIR(st.st_mode) || st.st_nlink < 2) return {};
  auto [place, fresh] = linked_.emplace(std::make_pair(st.st_dev, st.st_ino), path + name);
  if (fresh) return {};
  known = true;
  const std::string& first = place->second;
  size_t slash = first.rfind('/');
  UniqueFd parent;
  // Another container with the volume may have changed it meanwhile: links must not lead out of it.
  Status opened = OpenInRoot(root_, slash == std::string::npos ? "." : first.substr(0, slash),
                             O_PATH | O_DIRECTORY, parent);
  if (!opened.ok()) return Status::Errno(name, opened.err());
  const char* base = first.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  return ::linkat(parent.get(), base, to, name, 0) == 0 ? Status() : Status::Errno(name);
}

Status TreeCopier::Entry(int from, int to, const std::string& path, const char* name, int depth) {
  struct stat st {};
  if (::fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Status::Errno(name);
  bool known = false;
  Status linked = LinkKnown(st, to, path, name, known);
  if (!linked.ok() || known) return linked;
  switch (st.st_mode & S_IFMT) {
    case S_IFDIR:
      return Subdirectory(from, st, to, path, name, depth);
    case S_IFREG:
      return File(from, name, st, to);
    case S_IFLNK:
    case S_IFIFO:
      return Link(from, name, st, to);
    default:
      return {};
  }
}

Status TreeCopier::Tree(int from, int to, const std::string& path, int depth) {
  if (depth > kMaxDepth) return Status::Errno("copy", ELOOP);
  Directory directory = OpenDirectory(from);
  if (!directory) return Status::Errno("opendir");
  while (dirent* entry = ::readdir(directory.get())) {
    if (IsDot(entry->d_name)) continue;
    Status copied = Entry(from, to, path, entry->d_name, depth);
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
  // A directory that was just made for the mount says nothing about how it should look; and one
  // that was given to somebody stays theirs (volume create -o o=uid=…).
  bool fresh = (st.st_mode & 07777) == 0755 && IsEmpty(from);
  struct stat own {};
  bool given = ::fstat(to, &own) == 0 && (own.st_uid != 0 || own.st_gid != 0);
  Status copied = TreeCopier(to).Run(from);
  if (!copied.ok() || keep_mode || fresh || given) return copied;
  UniqueFd source(::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  UniqueFd target(::openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!source.valid() || !target.valid()) return Status::Errno("open");
  return CopyMetadata(st, source.get(), target.get(), false);
}

}  // namespace bryo
