#include "worker/layer_lookup.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <string_view>

#include "worker/layer_marks.h"
#include "worker/names.h"

namespace bryo {
namespace {

// Steps of one path with all of its links, and directories on the way at a time: each step is
// looked up in every layer.
constexpr int kMaxSteps = 256;
constexpr size_t kMaxDepth = 32;

// Puts the components of a path on top of those still to walk, the next one last.
void Push(std::string_view path, std::vector<std::string>& pending) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  for (size_t i = parts.size(); i > 0; --i) pending.push_back(std::move(parts[i - 1]));
}

std::string Join(const std::vector<std::string>& levels, const std::string& name) {
  std::string path;
  for (const std::string& level : levels) path += level + "/";
  return path + name;
}

}  // namespace

Seen LookInLayer(int layer, const std::string& path, LayerEntry& entry) {
  UniqueFd directory(::openat(layer, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  bool opaque = false;
  size_t start = 0;
  for (;;) {
    size_t slash = path.find('/', start);
    std::string name = path.substr(start, slash == std::string::npos ? slash : slash - start);
    struct stat st {};
    if (::fstatat(directory.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      return opaque ? Seen::kHidden : Seen::kAbsent;
    }
    if (slash == std::string::npos) {
      if (IsWhiteout(st)) return Seen::kHidden;
      entry = {std::move(directory), std::move(name), st};
      return Seen::kThere;
    }
    if (!S_ISDIR(st.st_mode)) return Seen::kHidden;
    UniqueFd next(
        ::openat(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next.valid()) return Seen::kHidden;
    opaque = opaque || IsOpaque(next.get());
    directory = std::move(next);
    start = slash + 1;
  }
}

Seen LookInLayers(const std::vector<UniqueFd>& layers, const std::string& path, LayerEntry& entry) {
  for (const UniqueFd& layer : layers) {
    Seen seen = LookInLayer(layer.get(), path, entry);
    if (seen != Seen::kAbsent) return seen;
  }
  return Seen::kAbsent;
}

Status NamesInLayers(const std::vector<UniqueFd>& layers, const std::string& path,
                     std::set<std::string>& names) {
  for (const UniqueFd& layer : layers) {
    LayerEntry entry;
    Seen seen = LookInLayer(layer.get(), path, entry);
    if (seen == Seen::kAbsent) continue;
    if (seen == Seen::kHidden || !S_ISDIR(entry.st.st_mode)) return {};
    UniqueFd directory(::openat(entry.directory.get(), entry.name.c_str(),
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    std::vector<std::string> found;
    Status listed = directory.valid() ? SortedNames(directory.get(), found) : Status::Errno(path);
    if (!listed.ok()) return listed;
    for (std::string& name : found) {
      LayerEntry shown;
      std::string below = path;
      below.append("/").append(name);
      bool there = LookInLayers(layers, below, shown) == Seen::kThere;
      if (there) names.insert(std::move(name));
    }
  }
  return {};
}

Status OpenInLayers(const std::vector<UniqueFd>& layers, const std::string& path, UniqueFd& out) {
  std::vector<std::string> pending;
  std::vector<std::string> levels;
  Push(path, pending);
  for (int steps = 0; !pending.empty(); ++steps) {
    if (steps == kMaxSteps || levels.size() > kMaxDepth) return Status::Errno(path, ELOOP);
    std::string name = std::move(pending.back());
    pending.pop_back();
    if (name == "..") {
      if (!levels.empty()) levels.pop_back();
      continue;
    }
    LayerEntry entry;
    if (LookInLayers(layers, Join(levels, name), entry) != Seen::kThere) {
      return Status::Errno(path, ENOENT);
    }
    int directory = entry.directory.get();
    if (S_ISLNK(entry.st.st_mode)) {
      char target[PATH_MAX];
      ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof(target));
      if (size <= 0 || size == sizeof(target)) return Status::Errno(path, EINVAL);
      std::string_view text(target, static_cast<size_t>(size));
      if (text.front() == '/') levels.clear();
      Push(text, pending);
    } else if (!pending.empty()) {
      if (!S_ISDIR(entry.st.st_mode)) return Status::Errno(path, ENOTDIR);
      levels.push_back(std::move(name));
    } else {
      if (!S_ISREG(entry.st.st_mode)) return Status::Error(path + " is not a regular file");
      out = UniqueFd(::openat(directory, name.c_str(),
                              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
      return out.valid() ? Status() : Status::Errno(path);
    }
  }
  return Status::Error(path + " is not a regular file");
}

}  // namespace bryo
