#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <set>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_lookup.h"
#include "worker/layer_marks.h"
#include "worker/names.h"
#include "worker/trees.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 1024;

// Changes of an upper layer to the layers below, topmost first: a line "A path", "C path" or "D
// path" each, ended by NUL, for names may hold anything else.
class Changes {
 public:
  explicit Changes(std::vector<UniqueFd> lowers) : lowers_(std::move(lowers)) {}
  Status Walk(int directory, const std::string& path, int depth);

 private:
  bool IsBelow(const std::string& path) const;
  Status Hidden(int directory, const std::string& path) const;

  std::vector<UniqueFd> lowers_;
};

bool Changes::IsBelow(const std::string& path) const {
  LayerEntry entry;
  return LookInLayers(lowers_, path, entry) == Seen::kThere;
}

// Entries of the directory below that an opaque directory does not show: it was removed and made
// again.
Status Changes::Hidden(int directory, const std::string& path) const {
  std::set<std::string> below;
  Status status = NamesInLayers(lowers_, path, below);
  for (const std::string& name : below) {
    struct stat st {};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) continue;
    std::printf("D /%s/%s%c", path.c_str(), name.c_str(), '\0');
  }
  return status;
}

Status Changes::Walk(int directory, const std::string& path, int depth) {
  if (depth > kMaxDepth) return Status::Error("the tree is too deep");
  std::vector<std::string> names;
  Status listed = SortedNames(directory, names);
  if (!listed.ok()) return listed;
  for (const std::string& name : names) {
    struct stat st {};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    std::string whole = path + name;
    bool below = IsBelow(whole);
    // A whiteout may have nothing to hide.
    if (IsWhiteout(st) && !below) continue;
    char kind = IsWhiteout(st) ? 'D' : below ? 'C' : 'A';
    std::printf("%c /%s%c", kind, whole.c_str(), '\0');
    if (!S_ISDIR(st.st_mode)) continue;
    UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) continue;
    Status walked = IsOpaque(fd.get()) ? Hidden(fd.get(), whole) : Status();
    if (walked.ok()) walked = Walk(fd.get(), whole + "/", depth + 1);
    if (!walked.ok()) return walked;
  }
  return {};
}

}  // namespace

int ChangesCommand(int argc, char** argv) {
  if (argc < 1) return 1;
  std::vector<UniqueFd> layers;
  Status status = OpenTrees(argc, argv, layers);
  if (status.ok()) status = Confine({.duty = Duty::kRead, .read = Numbers(layers)});
  if (status.ok()) {
    UniqueFd upper = std::move(layers.front());
    layers.erase(layers.begin());
    status = Changes(std::move(layers)).Walk(upper.get(), "", 0);
  }
  if (status.ok() && std::fflush(stdout) == 0) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
