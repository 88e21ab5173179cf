#include "sys/root_path.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <vector>

#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int kMaxLinks = 40;

// Walks down from the root with one open descriptor per directory level, so that ".." pops a
// level instead of asking the filesystem, and a directory moved meanwhile cannot lead outside.
class Walker {
 public:
  Walker(int root, Missing kind, bool no_follow, mode_t mode)
      : root_(root), kind_(kind), no_follow_(no_follow), mode_(mode) {}

  Status Walk(std::string_view path, UniqueFd& out);

 private:
  int Current() const { return levels_.empty() ? root_ : levels_.back().get(); }
  void Push(std::string_view path);
  Status Step(const std::string& name, bool last, UniqueFd& out);
  Status FollowLink(const std::string& name);
  Status Create(const std::string& name, bool last);

  int root_;
  Missing kind_;
  bool no_follow_;
  mode_t mode_;
  int links_ = 0;
  std::vector<UniqueFd> levels_;
  std::vector<std::string> pending_;  // components still to walk, the next one last
};

void Walker::Push(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  for (size_t i = parts.size(); i > 0; --i) pending_.push_back(std::move(parts[i - 1]));
}

Status Walker::FollowLink(const std::string& name) {
  if (++links_ > kMaxLinks) return Status::Errno("resolve " + name, ELOOP);
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(Current(), name.c_str(), target, sizeof(target));
  if (size < 0) return Status::Errno("readlink " + name);
  if (size == sizeof(target)) return Status::Errno("readlink " + name, ENAMETOOLONG);
  if (target[0] == '/') levels_.clear();
  Push({target, static_cast<size_t>(size)});
  return {};
}

Status Walker::Create(const std::string& name, bool last) {
  if (last && kind_ == Missing::kFile) {
    UniqueFd made(::openat(Current(), name.c_str(),
                           O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode_));
    if (!made.valid() && errno != EEXIST) return Status::Errno("create " + name);
    return {};
  }
  if (::mkdirat(Current(), name.c_str(), last ? mode_ : 0755) != 0 && errno != EEXIST) {
    return Status::Errno("mkdir " + name);
  }
  return {};
}

Status Walker::Step(const std::string& name, bool last, UniqueFd& out) {
  // Two rounds: a component that is missing in the first is made and opened in the second.
  for (int round = 0; round < 3; ++round) {
    UniqueFd fd(::openat(Current(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) {
      if (errno != ENOENT) return Status::Errno("open " + name);
      Status made = Create(name, last);
      if (!made.ok()) return made;
      continue;
    }
    struct stat st {};
    if (::fstat(fd.get(), &st) != 0) return Status::Errno("fstat " + name);
    if (S_ISLNK(st.st_mode)) {
      if (last && no_follow_) return Status::Errno(name + " is a symbolic link", ELOOP);
      return FollowLink(name);
    }
    if (last) {
      if (kind_ == Missing::kDirectory && !S_ISDIR(st.st_mode)) {
        return Status::Errno(name, ENOTDIR);
      }
      if (kind_ == Missing::kFile && S_ISDIR(st.st_mode)) return Status::Errno(name, EISDIR);
      out = std::move(fd);
      return {};
    }
    if (!S_ISDIR(st.st_mode)) return Status::Errno(name, ENOTDIR);
    levels_.push_back(std::move(fd));
    return {};
  }
  return Status::Errno("open " + name, ENOENT);
}

Status Walker::Walk(std::string_view path, UniqueFd& out) {
  Push(path);
  while (!pending_.empty()) {
    std::string name = std::move(pending_.back());
    pending_.pop_back();
    if (name == "..") {
      if (!levels_.empty()) levels_.pop_back();
      continue;
    }
    Status stepped = Step(name, pending_.empty(), out);
    if (!stepped.ok() || out.valid()) return stepped;
  }
  // The path ended on the root, on "..", or on a link to such a place: a directory in any case.
  if (kind_ == Missing::kFile) return Status::Errno(std::string(path), EISDIR);
  out = UniqueFd(::openat(Current(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return out.valid() ? Status() : Status::Errno(std::string(path));
}

}  // namespace

Status OpenInRoot(int root, std::string_view path, int flags, UniqueFd& out) {
  std::string text(path);
  out = UniqueFd(sys::openat2(root, text.c_str(), static_cast<uint64_t>(flags | O_CLOEXEC), 0,
                              RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS));
  return out.valid() ? Status() : Status::Errno(text);
}

Status EnsureInRoot(int root, std::string_view path, Missing kind, bool no_follow, UniqueFd& out,
                    mode_t mode) {
  Status walked = Walker(root, kind, no_follow, mode).Walk(path, out);
  return walked.ok() ? walked
                     : Status::Errno(std::string(path) + ": " + walked.what(), walked.err());
}

Status OpenParentInRoot(int root, std::string_view path, UniqueFd& parent, std::string& name) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  size_t slash = path.rfind('/');
  name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  std::string_view directory = slash == std::string_view::npos ? "/" : path.substr(0, slash);
  if (name.empty() || name == "." || name == "..") return Status::Errno(name, EINVAL);
  return EnsureInRoot(root, directory, Missing::kDirectory, false, parent);
}

}  // namespace bryo
