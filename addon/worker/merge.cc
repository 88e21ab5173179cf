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
#include "sys/made_node.h"
#include "sys/remove_tree.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_marks.h"
#include "worker/trees.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;

// One layer laid over what is there already.
class Layering {
 public:
  // With `marks` what layers further below would show stays hidden: the result is a layer itself.
  Layering(int root, bool marks) : root_(root), marks_(marks) {}
  Status Merge(int from, int to, const std::string& path, int depth);

 private:
  Status MergeEntry(int from, const char* name, int to, const std::string& path, int depth);
  Status MergeDirectory(int from, const char* name, const struct stat& st, int to,
                        const std::string& path, int depth, bool hides);
  Status CopyFile(int from, const char* name, const struct stat& st, int to,
                  const std::string& path);
  Status CopyOther(int from, const char* name, const struct stat& st, int to);

  int root_;
  bool marks_;
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
  NodeMetadata metadata{.type = st.st_mode & S_IFMT, .mode = st.st_mode & 07777};
  metadata.owner.emplace(st.st_uid, st.st_gid);
  metadata.times[0] = st.st_atim;
  metadata.times[1] = st.st_mtim;
  return DescribeMadeNode(to, name, metadata);
}

Status Layering::MergeDirectory(int from, const char* name, const struct stat& st, int to,
                                const std::string& path, int depth, bool hides) {
  if (depth > kMaxDepth) return Status::Errno(path, ELOOP);
  UniqueFd source(::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!source.valid()) return Status::Errno(path);
  bool opaque = IsOpaque(source.get());
  if (opaque) {
    Status removed = RemoveTree(to, name);
    if (!removed.ok()) return removed;
  }
  if (::mkdirat(to, name, 0700) != 0 && errno != EEXIST) return Status::Errno(path);
  UniqueFd target(::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!target.valid()) return Status::Errno(path);
  // Marked before it may be closed to its owner, and once for all that is in it.
  if (marks_ && (opaque || hides)) {
    Status marked = MakeOpaque(target.get());
    if (!marked.ok()) return marked;
  }
  Status merged = Merge(source.get(), target.get(), path + "/", depth + 1);
  return merged.ok() ? CopyMetadata(st, source.get(), target.get()) : merged;
}

Status Layering::MergeEntry(int from, const char* name, int to, const std::string& path,
                            int depth) {
  struct stat st {};
  struct stat old {};
  if (::fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Status::Errno(path);
  bool there = ::fstatat(to, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
  bool both = there && S_ISDIR(old.st_mode) && S_ISDIR(st.st_mode);
  if (!both) {
    Status removed = RemoveTree(to, name);
    if (!removed.ok()) return removed;
  }
  if (IsWhiteout(st)) return marks_ ? MakeLayerWhiteout(to, name) : Status();
  if (S_ISDIR(st.st_mode)) {
    return MergeDirectory(from, name, st, to, path, depth, there && !both);
  }
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

Status MergeLayer(int layer, int root, bool marks) {
  struct stat st {};
  if (::fstat(layer, &st) != 0) return Status::Errno("a layer");
  Status merged = Layering(root, marks).Merge(layer, root, "", 0);
  return merged.ok() ? CopyMetadata(st, layer, root) : merged;
}

Status MergeLayers(const char* dest, bool marks, int count, char** paths) {
  UniqueFd root;
  std::vector<UniqueFd> layers;
  Status status = OpenTree(dest, Use::kWrite, Links::kRefused, root);
  if (status.ok()) status = OpenTrees(count, paths, layers);
  if (status.ok()) {
    status = Confine({.duty = Duty::kWrite, .read = Numbers(layers), .write = {root.get()}});
  }
  for (const UniqueFd& layer : layers) {
    if (status.ok()) status = MergeLayer(layer.get(), root.get(), marks);
  }
  return status;
}

}  // namespace

int MergeCommand(int argc, char** argv) {
  if (argc < 3 || std::strcmp(argv[0], "--dest") != 0) return 1;
  ::umask(0);  // what is not opened is made with its mode
  int first = std::strcmp(argv[2], "--keep-marks") == 0 ? 3 : 2;
  Status status = MergeLayers(argv[1], first == 3, argc - first, argv + first);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: cannot merge layers: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
