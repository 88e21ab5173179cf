// Differences of a whole tree from its layers, as one more layer: the vfs storage driver keeps none
// of its own for a container.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sys/copy_file.h"
#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_marks.h"
#include "worker/names.h"
#include "worker/trees.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;

UniqueFd OpenDirectoryIn(int parent, const char* name) {
  return UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// One directory in the layers that have it, topmost first: no further down than where something
// hides the rest.
using Lowers = std::vector<UniqueFd>;

// The entry that is seen of a name.
struct Seen {
  int parent = -1;
  struct stat st {};
  bool there() const { return parent >= 0; }
};

Seen Look(const Lowers& lowers, const char* name) {
  for (const UniqueFd& layer : lowers) {
    Seen seen;
    if (::fstatat(layer.get(), name, &seen.st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!IsWhiteout(seen.st)) seen.parent = layer.get();
    return seen;
  }
  return {};
}

Lowers Descend(const Lowers& lowers, const char* name) {
  Lowers inner;
  for (const UniqueFd& layer : lowers) {
    struct stat st {};
    if (::fstatat(layer.get(), name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!S_ISDIR(st.st_mode)) break;
    inner.push_back(OpenDirectoryIn(layer.get(), name));
    if (!inner.back().valid() || IsOpaque(inner.back().get())) break;
  }
  return inner;
}

bool SameLink(int from, int to, const char* name) {
  char a[PATH_MAX];
  char b[PATH_MAX];
  ssize_t first = ::readlinkat(from, name, a, sizeof(a));
  ssize_t second = ::readlinkat(to, name, b, sizeof(b));
  return first >= 0 && first == second && std::memcmp(a, b, static_cast<size_t>(first)) == 0;
}

bool SameXattrs(int from, int to, const char* name) {
  constexpr int kFlags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  UniqueFd a(::openat(from, name, kFlags));
  UniqueFd b(::openat(to, name, kFlags));
  return a.valid() && b.valid() && ReadXattrs(a.get()) == ReadXattrs(b.get());
}

// As rsync sees it: whoever changes a file and gives it its old size and time back has not changed
// it.
bool SameEntry(const Seen& seen, int directory, const char* name, const struct stat& st) {
  const struct stat& old = seen.st;
  bool same = old.st_mode == st.st_mode && old.st_uid == st.st_uid && old.st_gid == st.st_gid;
  if (!same) return false;
  if (S_ISLNK(st.st_mode)) return SameLink(seen.parent, directory, name);
  if (S_ISDIR(st.st_mode)) return SameXattrs(seen.parent, directory, name);
  if (!S_ISREG(st.st_mode)) return true;
  return old.st_size == st.st_size && old.st_mtim.tv_sec == st.st_mtim.tv_sec &&
         old.st_mtim.tv_nsec == st.st_mtim.tv_nsec && SameXattrs(seen.parent, directory, name);
}

class Delta {
 public:
  // `changed`: something in the directory differs, or it does itself.
  Status Directory(int upper, const Lowers& lowers, int dest, int depth, bool& changed);

 private:
  Status Entry(int upper, const char* name, const Lowers& lowers, int dest, int depth,
               bool& changed);
  Status Inner(int upper, const char* name, const struct stat& st, const Seen& seen,
               const Lowers& lowers, int dest, int depth, bool& changed);
};

Status Delta::Inner(int upper, const char* name, const struct stat& st, const Seen& seen,
                    const Lowers& lowers, int dest, int depth, bool& changed) {
  bool both = seen.there() && S_ISDIR(seen.st.st_mode);
  bool differs = !both || !SameEntry(seen, upper, name, st);
  UniqueFd source = OpenDirectoryIn(upper, name);
  if (!source.valid() || ::mkdirat(dest, name, 0700) != 0) return Status::Errno(name);
  UniqueFd target = OpenDirectoryIn(dest, name);
  if (!target.valid()) return Status::Errno(name);
  Lowers inner = both ? Descend(lowers, name) : Lowers();
  Status status = Directory(source.get(), inner, target.get(), depth + 1, differs);
  if (!status.ok()) return status;
  if (!differs) return ::unlinkat(dest, name, AT_REMOVEDIR) == 0 ? Status() : Status::Errno(name);
  changed = true;
  // A directory in the place of something else shows nothing of what may lie further down.
  if (seen.there() && !both) status = MakeOpaque(target.get());
  return status.ok() ? CopyMetadata(st, source.get(), target.get()) : status;
}

Status Delta::Entry(int upper, const char* name, const Lowers& lowers, int dest, int depth,
                    bool& changed) {
  struct stat st {};
  if (::fstatat(upper, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::Errno(name);
  }
  Seen seen = Look(lowers, name);
  if (S_ISDIR(st.st_mode)) return Inner(upper, name, st, seen, lowers, dest, depth, changed);
  if (seen.there() && SameEntry(seen, upper, name, st)) return {};
  changed = true;
  // Another name for the same file: nothing is copied, and what is said of it stays.
  return ::linkat(upper, name, dest, name, 0) == 0 || errno == ENOENT ? Status()
                                                                      : Status::Errno(name);
}

Status Delta::Directory(int upper, const Lowers& lowers, int dest, int depth, bool& changed) {
  if (depth > kMaxDepth) return Status::Error("the tree is too deep");
  std::vector<std::string> names;
  Status status = SortedNames(upper, names);
  for (const std::string& name : names) {
    if (status.ok()) status = Entry(upper, name.c_str(), lowers, dest, depth, changed);
  }
  for (const UniqueFd& layer : lowers) {
    names.clear();
    if (status.ok()) status = SortedNames(layer.get(), names);
    for (const std::string& name : names) {
      struct stat st {};
      if (!status.ok() || !Look(lowers, name.c_str()).there()) continue;
      if (::fstatat(upper, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) continue;
      if (::fstatat(dest, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) continue;
      changed = true;
      status = MakeWhiteout(dest, name.c_str());
    }
  }
  return status;
}

Status Run(int argc, char** argv) {
  UniqueFd dest;
  UniqueFd upper;
  Lowers lowers;
  Status status = OpenTogether(argv[0], argv[1], dest, upper);
  if (status.ok()) status = OpenTrees(argc - 2, argv + 2, lowers);
  if (!status.ok()) return status;
  status =
      Confine({.duty = Duty::kWrite, .read = Numbers(lowers), .write = {dest.get(), upper.get()}});
  if (!status.ok()) return status;
  struct stat st {};
  if (::fchmod(dest.get(), 0700) != 0) return Status::Errno(argv[0]);
  if (::fstat(upper.get(), &st) != 0) return Status::Errno(argv[1]);
  bool changed = false;
  status = Delta().Directory(upper.get(), lowers, dest.get(), 0, changed);
  return status.ok() ? CopyMetadata(st, upper.get(), dest.get()) : status;
}

}  // namespace

int DeltaCommand(int argc, char** argv) {
  if (argc < 2) return 1;
  Status status = Run(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: cannot compare with the layers: %s\n",
               status.message().c_str());
  return 1;
}

}  // namespace bryo
