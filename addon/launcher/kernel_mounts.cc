#include "launcher/kernel_mounts.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/root_path.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr const char* kCgroupRoot = "/sys/fs/cgroup";

// A container that shares a namespace finds the host's mount at its place, for the root is not
// pivoted yet.
const char* HostPlace(const std::string& fs) {
  if (fs == "proc") return "/proc";
  if (fs == "sysfs") return "/sys";
  if (fs == "mqueue") return "/dev/mqueue";
  return nullptr;
}

bool HasCgroupNamespace(const LaunchContext& context) {
  return (context.plan->namespaces.flags & CLONE_NEWCGROUP) != 0 || context.cgroup_ns.valid();
}

// The payload's process is in its group already.
Status OwnGroup(std::string& directory) {
  UniqueFd file(::open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.valid() || !ReadAll(file.get(), 65536, text)) return Status::Errno("/proc/self/cgroup");
  size_t at = text.compare(0, 3, "0::") == 0 ? 0 : text.find("\n0::");
  if (at == std::string::npos) return Status::Errno("unified control groups", ENODEV);
  at = text.find("::", at) + 2;
  directory = kCgroupRoot + text.substr(at, text.find('\n', at) - at);
  return {};
}

Status CloneOwnGroup(UniqueFd& mount) {
  std::string directory;
  Status found = OwnGroup(directory);
  if (!found.ok()) return found;
  Status cloned = CloneMount(AT_FDCWD, directory.c_str(), false, true, mount);
  return cloned.ok() ? cloned : Status::Errno(directory, cloned.err());
}

// With all that is mounted on it: the kernel shows nobody what lies beneath.
Status CloneHostPlace(const char* place, uint64_t attributes, UniqueFd& mount) {
  Status cloned = CloneMount(AT_FDCWD, place, true, true, mount);
  if (!cloned.ok()) return Status::Errno(place, cloned.err());
  return ChangeMount(mount.get(), attributes, 0, true, 0);
}

}  // namespace

bool HasMode(const std::vector<std::string>& options) {
  for (const std::string& option : options) {
    if (option.compare(0, 5, "mode=") == 0) return true;
  }
  return false;
}

std::vector<std::string> OptionsOver(const LaunchContext& context, const OpMountFs& op) {
  std::vector<std::string> options = op.options;
  if (op.fs != "tmpfs" || HasMode(options)) return options;
  UniqueFd there;
  struct stat st {};
  if (!OpenInRoot(context.root.get(), op.target, O_PATH, there).ok() ||
      ::fstat(there.get(), &st) != 0)
    return options;
  char mode[16];
  std::snprintf(mode, sizeof(mode), "mode=%o", static_cast<unsigned>(st.st_mode & 07777));
  options.emplace_back(mode);
  return options;
}

Status MakeKernelFilesystem(const LaunchContext& context, const OpMountFs& op,
                            const std::vector<std::string>& options, UniqueFd& mount) {
  uint64_t attributes = op.attributes & ~uint64_t{MOUNT_ATTR_RDONLY};
  if (op.fs == "cgroup2" && !HasCgroupNamespace(context)) {
    Status cloned = CloneOwnGroup(mount);
    return cloned.ok() ? ChangeMount(mount.get(), attributes, 0, false, 0) : cloned;
  }
  Status made = MakeFilesystem(op.fs, options, attributes, mount);
  const char* place = HostPlace(op.fs);
  if (made.ok() || made.err() != EPERM || place == nullptr) return made;
  return CloneHostPlace(place, op.attributes, mount);
}

// Directories are all covered by one: a superblock for each would cost a container much of its
// memory.
Status MaskDirectory(LaunchContext& context, UniqueFd& cover) {
  if (context.mask.valid()) return CloneMount(context.mask.get(), "", false, true, cover);
  Status made = MakeFilesystem("tmpfs", {"size=0", "nr_inodes=2", "mode=555"}, 0, cover);
  if (!made.ok()) return made;
  constexpr uint64_t kBarred =
      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  Status barred = ChangeMount(cover.get(), kBarred, 0, false, 0);
  if (barred.ok()) context.mask.reset(::fcntl(cover.get(), F_DUPFD_CLOEXEC, 0));
  return barred;
}

}  // namespace bryo
