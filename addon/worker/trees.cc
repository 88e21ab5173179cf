#include "worker/trees.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <climits>
#include <cstdlib>

#include "sys/mounts.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

// A mount is cloned with those below it, for a tree must not show what they hide.
Status CloneTree(const std::string& path, Use use, Links links, UniqueFd& mount) {
  Status cloned = CloneMount(AT_FDCWD, path.c_str(), true, false, mount);
  if (!cloned.ok()) return cloned;
  uint64_t attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  if (use == Use::kRead) attributes |= MOUNT_ATTR_RDONLY;
  if (links == Links::kRefused) attributes |= MOUNT_ATTR_NOSYMFOLLOW;
  return ChangeMount(mount.get(), attributes, 0, true, MS_PRIVATE);
}

std::string RealPath(const std::string& path) {
  char resolved[PATH_MAX];
  return ::realpath(path.c_str(), resolved) == nullptr ? "" : resolved;
}

// The nearest directory that both are in, with a slash at its end.
std::string CommonParent(const std::string& first, const std::string& second) {
  size_t same = 0;
  for (size_t at = 0; at < first.size() && at < second.size() && first[at] == second[at]; ++at) {
    if (first[at] == '/') same = at + 1;
  }
  return first.substr(0, same);
}

UniqueFd OpenBelow(int mount, const std::string& path) {
  return UniqueFd(
      sys::openat2(mount, path.c_str(), kDirectory, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
}

}  // namespace

Status OpenTree(const std::string& path, Use use, Links links, UniqueFd& out) {
  UniqueFd mount;
  if (CloneTree(path, use, links, mount).ok()) {
    out.reset(::openat(mount.get(), ".", kDirectory));
  } else {
    out.reset(::open(path.c_str(), kDirectory));
  }
  return out.valid() ? Status() : Status::Errno(path);
}

Status OpenTrees(int count, char** paths, std::vector<UniqueFd>& out) {
  for (int i = 0; i < count; ++i) {
    Status opened = OpenTree(paths[i], Use::kRead, Links::kRefused, out.emplace_back());
    if (!opened.ok()) return opened;
  }
  return {};
}

Status OpenTogether(const std::string& first, const std::string& second, UniqueFd& first_out,
                    UniqueFd& second_out) {
  std::string real[] = {RealPath(first), RealPath(second)};
  std::string parent = CommonParent(real[0], real[1]);
  UniqueFd mount;
  if (!parent.empty() && CloneTree(parent, Use::kWrite, Links::kRefused, mount).ok()) {
    first_out = OpenBelow(mount.get(), real[0].substr(parent.size()));
    second_out = OpenBelow(mount.get(), real[1].substr(parent.size()));
  } else {
    first_out.reset(::open(first.c_str(), kDirectory));
    second_out.reset(::open(second.c_str(), kDirectory));
  }
  if (!first_out.valid()) return Status::Errno(first);
  return second_out.valid() ? Status() : Status::Errno(second);
}

std::vector<int> Numbers(const std::vector<UniqueFd>& fds) {
  std::vector<int> out;
  out.reserve(fds.size());
  for (const UniqueFd& fd : fds) out.push_back(fd.get());
  return out;
}

}  // namespace bryo
