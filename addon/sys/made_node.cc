#include "sys/made_node.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "sys/same_file.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

bool IsSame(const struct stat& a, const struct stat& b) {
  return IsSameFile(a, b) && (a.st_mode & S_IFMT) == (b.st_mode & S_IFMT);
}

// A pipe can be opened without waiting for anybody.
Status ChangePipeMode(int directory, const char* name, const struct stat& pinned, mode_t mode) {
  UniqueFd pipe(::openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  struct stat opened {};
  if (!pipe.valid() || ::fstat(pipe.get(), &opened) != 0) return Status::Errno(name);
  if (!IsSame(pinned, opened)) return Replaced(name);
  return ::fchmod(pipe.get(), mode) == 0 ? Status() : Status::Errno(name);
}

Status ChangeMode(int directory, const char* name, int node, const struct stat& pinned,
                  mode_t mode) {
  if ((pinned.st_mode & 07777) == mode) return {};
  Status changed = ChangePinnedMode(node, mode);
  if (changed.ok() || changed.err() != ENOSYS || !S_ISFIFO(pinned.st_mode)) return changed;
  return ChangePipeMode(directory, name, pinned, mode);
}

}  // namespace

Status Replaced(const char* name) {
  return Status::Error("somebody else has put another \"" + std::string(name) + "\" in its place");
}

Status ChangePinnedMode(int node, mode_t mode) {
  if (sys::fchmodat2(node, "", mode, AT_EMPTY_PATH) == 0) return {};
  if (errno != ENOSYS) return Status::Errno("change the mode");
  // A process whose root is a hostile directory finds there what that has put in this place.
  UniqueFd own(::open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs type {};
  bool found = own.valid() && ::fstatfs(own.get(), &type) == 0 && type.f_type == PROC_SUPER_MAGIC;
  if (!found) return Status::Errno("change the mode", ENOSYS);
  bool changed = ::fchmodat(own.get(), std::to_string(node).c_str(), mode, 0) == 0;
  return changed ? Status() : Status::Errno("change the mode");
}

Status DescribeMadeNode(int directory, const char* name, const NodeMetadata& metadata) {
  UniqueFd node(::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat st {};
  if (!node.valid() || ::fstat(node.get(), &st) != 0) return Status::Errno(name);
  // Another one of the same kind, if it is nobody's but ours, is as good.
  bool ours = (st.st_mode & S_IFMT) == metadata.type && st.st_nlink <= 1;
  if (metadata.owner) ours = ours && st.st_uid == ::geteuid();
  if (!ours) return Replaced(name);
  if (metadata.owner) {
    auto [uid, gid] = *metadata.owner;
    bool belongs = st.st_uid == uid && st.st_gid == gid;
    if (!belongs && ::fchownat(node.get(), "", uid, gid, AT_EMPTY_PATH) != 0) {
      return Status::Errno("change the owner");
    }
    // A change of the owner takes bits away.
    if (!belongs && ::fstat(node.get(), &st) != 0) return Status::Errno(name);
  }
  if (metadata.type != S_IFLNK) {
    Status changed = ChangeMode(directory, name, node.get(), st, metadata.mode);
    if (!changed.ok()) return changed;
  }
  bool timed = ::utimensat(node.get(), "", metadata.times, AT_EMPTY_PATH) == 0;
  return timed ? Status() : Status::Errno("set the time");
}

}  // namespace bryo
