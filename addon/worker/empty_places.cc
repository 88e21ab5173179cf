// Places that were made to mount something on, and that nobody has put anything into.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_marks.h"
#include "worker/trees.h"

namespace bryo {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::vector<std::string> Parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

// Opens the directory that holds the last of some parts; links lead nowhere.
UniqueFd OpenAbove(int root, const std::vector<std::string>& parts) {
  UniqueFd at(::openat(root, ".", kDirectory));
  for (size_t i = 0; at.valid() && i + 1 < parts.size(); ++i) {
    at.reset(::openat(at.get(), parts[i].c_str(), kDirectory));
  }
  return at;
}

// Whether the layers show something at a path. Where a link is on the way nobody looks further:
// then they may.
bool Shows(const std::vector<UniqueFd>& lowers, const std::vector<std::string>& parts) {
  for (const UniqueFd& lower : lowers) {
    UniqueFd at(::openat(lower.get(), ".", kDirectory));
    bool hides_rest = false;
    for (size_t i = 0; i < parts.size(); ++i) {
      struct stat st {};
      if (!at.valid()) return true;
      if (IsOpaque(at.get())) hides_rest = true;
      if (::fstatat(at.get(), parts[i].c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) break;
      if (IsWhiteout(st)) return false;
      if (i + 1 == parts.size() || !S_ISDIR(st.st_mode)) return true;
      at.reset(::openat(at.get(), parts[i].c_str(), kDirectory));
    }
    if (hides_rest) return false;
  }
  return false;
}

// False: there is something in it, or it is not there.
bool RemoveEmpty(int above, const char* name) {
  struct stat st {};
  if (::fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return false;
  if (S_ISDIR(st.st_mode)) return ::unlinkat(above, name, AT_REMOVEDIR) == 0;
  return S_ISREG(st.st_mode) && st.st_size == 0 && ::unlinkat(above, name, 0) == 0;
}

void Tidy(int upper, const std::vector<UniqueFd>& lowers, std::vector<std::string> parts) {
  for (; !parts.empty(); parts.pop_back()) {
    UniqueFd above = OpenAbove(upper, parts);
    if (!above.valid() || Shows(lowers, parts)) return;
    if (!RemoveEmpty(above.get(), parts.back().c_str())) return;
  }
}

Status Run(int argc, char** argv) {
  int count = std::atoi(argv[1]);
  if (count < 0 || count > argc - 2) return Status::Error("empty-places: bad arguments");
  UniqueFd upper;
  std::vector<UniqueFd> lowers;
  Status status = OpenTree(argv[0], Use::kWrite, Links::kRefused, upper);
  if (status.ok()) status = OpenTrees(count, argv + 2, lowers);
  if (!status.ok()) return status;
  status = Confine({.duty = Duty::kWrite, .read = Numbers(lowers), .write = {upper.get()}});
  for (int i = 2 + count; status.ok() && i < argc; ++i) Tidy(upper.get(), lowers, Parts(argv[i]));
  return status;
}

}  // namespace

int EmptyPlacesCommand(int argc, char** argv) {
  if (argc < 2) return 1;
  Status status = Run(argc, argv);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
