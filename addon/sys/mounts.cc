#include "sys/mounts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "sys/syscalls.h"

namespace bryo {
namespace {

// The kernel explains a refused option in the context's own log (fsopen(2)), e.g. "e overlay: …".
std::string ContextMessage(int context) {
  char buffer[256];
  ssize_t size = ::read(context, buffer, sizeof(buffer) - 1);
  if (size <= 2) return "";
  return ": " + std::string(buffer + 2, static_cast<size_t>(size - 2));
}

Status SetOption(int context, const std::string& type, const std::string& option) {
  size_t equals = option.find('=');
  std::string key = option.substr(0, equals);
  int result;
  if (equals == std::string::npos) {
    result = ::fsconfig(context, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0);
  } else {
    std::string value = option.substr(equals + 1);
    result = ::fsconfig(context, FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0);
  }
  if (result == 0) return {};
  int err = errno;
  return Status::Errno(type + " option \"" + option + "\"" + ContextMessage(context), err);
}

}  // namespace

Status MakeFilesystem(const std::string& type, const std::vector<std::string>& options,
                      uint64_t attributes, UniqueFd& out) {
  UniqueFd context(::fsopen(type.c_str(), FSOPEN_CLOEXEC));
  if (!context.valid()) return Status::Errno("fsopen " + type);
  for (const std::string& option : options) {
    Status set = SetOption(context.get(), type, option);
    if (!set.ok()) return set;
  }
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    int err = errno;
    return Status::Errno("create " + type + ContextMessage(context.get()), err);
  }
  out = UniqueFd(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
  return out.valid() ? Status() : Status::Errno("fsmount " + type);
}

Status CloneMount(int dirfd, const char* path, bool recursive, bool no_follow, UniqueFd& out) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
  if (recursive) flags |= AT_RECURSIVE;
  if (no_follow) flags |= AT_SYMLINK_NOFOLLOW;
  if (*path == '\0') flags |= AT_EMPTY_PATH;
  out = UniqueFd(::open_tree(dirfd, path, flags));
  return out.valid() ? Status() : Status::Errno(std::string("open_tree ") + path);
}

Status ChangeMount(int mount, uint64_t set, uint64_t clear, bool recursive, uint64_t propagation) {
  if (set == 0 && clear == 0 && propagation == 0) return {};
  struct mount_attr attr {};
  attr.attr_set = set;
  attr.attr_clr = clear;
  attr.propagation = propagation;
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
  if (::mount_setattr(mount, "", flags, &attr, sizeof(attr)) == 0) return {};
  // Access times of a mount that comes from a namespace with more rights stay as they are there
  // (MNT_LOCK_ATIME).
  constexpr uint64_t kTimes = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
  if (errno == EPERM && ((set | clear) & kTimes) != 0) {
    return ChangeMount(mount, set & ~kTimes, clear & ~kTimes, recursive, propagation);
  }
  return Status::Errno("mount_setattr");
}

Status Attach(int mount, int target) {
  if (::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    return Status::Errno("move_mount");
  }
  return {};
}

}  // namespace bryo
