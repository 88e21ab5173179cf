// fuse-overlayfs' record of a container as a layer in overlay's format: it marks with attributes
// and files of its own, and marks each new directory. Where it can mark otherwise, a file with such
// a name is the container's, which may well make one.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/copy_file.h"
#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_lookup.h"
#include "worker/layer_marks.h"
#include "worker/mark_names.h"
#include "worker/names.h"
#include "worker/trees.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;
constexpr const char* kOpaqueFiles[] = {".wh..wh..opq", ".wh..opq"};

// Where files may have no attributes of users only files tell.
bool IsMarkedOpaque(int directory) {
  char value = 0;
  ssize_t size = ::fgetxattr(directory, "user.fuseoverlayfs.opaque", &value, 1);
  bool unsupported = size < 0 && errno == ENOTSUP;
  if ((size == 1 && value == 'y') || IsOpaque(directory)) return true;
  if (!unsupported) return false;
  struct stat st {};
  for (const char* name : kOpaqueFiles) {
    if (::fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0) return true;
  }
  return false;
}

Status Whiteout(int dest, const std::string& name) {
  Status made = MakeWhiteout(dest, name.c_str());
  return made.err() == EEXIST ? Status() : made;
}

class OwnLayer {
 public:
  OwnLayer(int dest, std::vector<UniqueFd> lowers) : dest_(dest), lowers_(std::move(lowers)) {}
  Status Run(int upper);

 private:
  Status Directory(int upper, const std::string& path, int dest, int depth);
  Status Entry(int upper, const std::string& name, const std::string& path, int dest, int depth);
  Status Inner(int upper, const std::string& path, const struct stat& st, int dest, int depth);
  bool HidesDirectory(const std::string& path) const;

  int dest_;
  std::vector<UniqueFd> lowers_;
  bool devices_ = true;  // whether whiteouts can be devices here, as they are then
};

Status OwnLayer::Run(int upper) {
  constexpr char kProbe[] = "probe";
  devices_ = MakeWhiteout(dest_, kProbe).ok();
  if (devices_ && ::unlinkat(dest_, kProbe, 0) != 0) return Status::Errno(kProbe);
  return Directory(upper, "", dest_, 0);
}

bool OwnLayer::HidesDirectory(const std::string& path) const {
  LayerEntry below;
  return LookInLayers(lowers_, path, below) == Seen::kThere && S_ISDIR(below.st.st_mode);
}

Status OwnLayer::Inner(int upper, const std::string& path, const struct stat& st, int dest,
                       int depth) {
  const char* name = path.c_str() + path.rfind('/') + 1;
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd source(::openat(upper, name, kFlags));
  if (!source.valid() || ::mkdirat(dest, name, 0700) != 0) return Status::Errno(path);
  UniqueFd target(::openat(dest, name, kFlags));
  if (!target.valid()) return Status::Errno(path);
  Status status = Directory(source.get(), path + "/", target.get(), depth + 1);
  bool opaque = status.ok() && IsMarkedOpaque(source.get()) && HidesDirectory(path);
  if (opaque) status = MakeOpaque(target.get());
  return status.ok() ? CopyMetadata(st, source.get(), target.get()) : status;
}

Status OwnLayer::Entry(int upper, const std::string& name, const std::string& path, int dest,
                       int depth) {
  struct stat st {};
  if (::fstatat(upper, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::Errno(path);
  }
  for (const char* mark : kOpaqueFiles) {
    if (name == mark) return {};
  }
  if (IsWhiteout(st)) return Whiteout(dest, name);
  if (!devices_ && S_ISREG(st.st_mode) && IsMark(name)) {
    return Whiteout(dest, name.substr(kMarkPrefix.size()));
  }
  if (S_ISDIR(st.st_mode)) return Inner(upper, path, st, dest, depth);
  // Another name for the same file: nothing is copied, and what is said of it stays.
  bool linked = ::linkat(upper, name.c_str(), dest, name.c_str(), 0) == 0 || errno == ENOENT;
  return linked ? Status() : Status::Errno(path);
}

Status OwnLayer::Directory(int upper, const std::string& path, int dest, int depth) {
  if (depth > kMaxDepth) return Status::Error("the tree is too deep");
  std::vector<std::string> names;
  Status status = SortedNames(upper, names);
  for (const std::string& name : names) {
    if (status.ok()) status = Entry(upper, name, path + name, dest, depth);
  }
  return status;
}

Status Run(int argc, char** argv) {
  UniqueFd dest;
  UniqueFd upper;
  std::vector<UniqueFd> lowers;
  Status status = OpenTogether(argv[0], argv[1], dest, upper);
  if (status.ok()) status = OpenTrees(argc - 2, argv + 2, lowers);
  if (!status.ok()) return status;
  status =
      Confine({.duty = Duty::kWrite, .read = Numbers(lowers), .write = {dest.get(), upper.get()}});
  if (!status.ok()) return status;
  struct stat st {};
  if (::fstat(upper.get(), &st) != 0) return Status::Errno(argv[1]);
  status = OwnLayer(dest.get(), std::move(lowers)).Run(upper.get());
  return status.ok() ? CopyMetadata(st, upper.get(), dest.get()) : status;
}

}  // namespace

int OwnLayerCommand(int argc, char** argv) {
  if (argc < 2) return 1;
  Status status = Run(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: cannot read what fuse-overlayfs keeps: %s\n",
               status.message().c_str());
  return 1;
}

}  // namespace bryo
