#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sys/copy_file.h"
#include "sys/fd.h"
#include "sys/remove_tree.h"
#include "worker/commands.h"
#include "worker/layer_marks.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;

// One layer laid over what is there already.
class Layering {
 public:
  explicit Layering(int root) : root_(root) {}
  Status Merge(int from, int to, const std::string& path, int depth);

 private:
  Status MergeEntry(int from, const char* name, int to, const std::string& path, int depth);
  Status MergeDirectory(int from, const char* name, const struct stat& st, int to,
                        const std::string& path, int depth);
  Status CopyFile(int from, const char* name, const struct stat& st, int to,
                  const std::string& path);
  Status CopyOther(int from, const char* name, const struct stat& st, int to);

  int root_;
  std::map<ino_t, std::string> linked_;  // first path of each file with several names
};

Status Layering::CopyFile(int from, const char* name, const struct stat& st, int to,
                          const std::string& path) {
  if (st.st_nlink > 1) {
    auto [known, fresh] = linked_.emplace(st.st_ino, path);
    if (!fresh) {
      bool linked = ::linkat(root_, known->second.c_str(), to, name, 0) == 0;
      return linked ? Status() : Status::Errno(path);
    }
  }
  UniqueFd source(::openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  UniqueFd target(::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!source.valid() || !target.valid()) return Status::Errno(path);
  Status copied = CopyContent(source.get(), target.get(), st.st_size);
  return copied.ok() ? CopyMetadata(st, source.get(), target.get()) : copied;
}

Status Layering::CopyOther(int from, const char* name, const struct stat& st, int to) {
  if (S_ISLNK(st.st_mode)) {
    char target[PATH_MAX];
    ssize_t size = ::readlinkat(from, name, target, sizeof(target) - 1);
    if (size < 0) return Status::Errno(name);
    target[size] = '\0';
    if (::symlinkat(target, to, name) != 0) return Status::Errno(name);
  } else if (::mknodat(to, name, st.st_mode & (S_IFMT | 07777), 0) != 0) {
    return Status::Errno(name);
  }
  int owned = ::fchownat(to, name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW);
  if (owned != 0) return Status::Errno(name);
  // mknod(2) heeds the umask; a link has no mode of its own.
  bool moded = S_ISLNK(st.st_mode) || ::fchmodat(to, name, st.st_mode & 07777, 0) == 0;
  if (!moded) return Status::Errno(name);
  const timespec times[2] = {st.st_atim, st.st_mtim};
  bool timed = ::utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) == 0;
  return timed ? Status() : Status::Errno(name);
}

Status Layering::MergeDirectory(int from, const char* name, const struct stat& st, int to,
                                const std::string& path, int depth) {
  if (depth > kMaxDepth) return Status::Errno(path, ELOOP);
  UniqueFd source(::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!source.valid()) return Status::Errno(path);
  if (IsOpaque(source.get())) {
    Status removed = RemoveTree(to, name);
    if (!removed.ok()) return removed;
  }
  if (::mkdirat(to, name, 0700) != 0 && errno != EEXIST) return Status::Errno(path);
  UniqueFd target(::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!target.valid()) return Status::Errno(path);
  Status merged = Merge(source.get(), target.get(), path + "/", depth + 1);
  return merged.ok() ? CopyMetadata(st, source.get(), target.get()) : merged;
}

Status Layering::MergeEntry(int from, const char* name, int to, const std::string& path,
                            int depth) {
  struct stat st {};
  struct stat old {};
  if (::fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Status::Errno(path);
  bool both = ::fstatat(to, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(old.st_mode) &&
              S_ISDIR(st.st_mode);
  if (!both) {
    Status removed = RemoveTree(to, name);
    if (!removed.ok()) return removed;
  }
  if (IsWhiteout(st)) return {};
  if (S_ISDIR(st.st_mode)) return MergeDirectory(from, name, st, to, path, depth);
  if (S_ISREG(st.st_mode)) return CopyFile(from, name, st, to, path);
  return CopyOther(from, name, st, to);
}

Status Layering::Merge(int from, int to, const std::string& path, int depth) {
  int copy = ::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) return Status::Errno(path);
  Status status;
  while (const dirent* entry = ::readdir(stream)) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    status = MergeEntry(from, name, to, path + name, depth);
    if (!status.ok()) break;
  }
  ::closedir(stream);
  return status;
}

Status MergeLayer(const char* layer, int root) {
  UniqueFd source(::open(layer, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat st {};
  if (!source.valid() || ::fstat(source.get(), &st) != 0) return Status::Errno(layer);
  Status merged = Layering(root).Merge(source.get(), root, "", 0);
  return merged.ok() ? CopyMetadata(st, source.get(), root) : merged;
}

}  // namespace

int MergeCommand(int argc, char** argv) {
  if (argc < 3 || std::strcmp(argv[0], "--dest") != 0) return 1;
  UniqueFd root(::open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Status status = root.valid() ? Status() : Status::Errno(argv[1]);
  for (int i = 2; i < argc && status.ok(); ++i) status = MergeLayer(argv[i], root.get());
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: cannot merge layers: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
