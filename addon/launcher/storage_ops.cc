// Storage operations: pin what the container operations mount, while the caller's own permissions
// still hold.
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#include <cstring>

#include "launcher/context.h"
#include "launcher/mount_ids.h"
#include "launcher/open_outside.h"
#include "sys/c_strings.h"
#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/syscalls.h"

#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

namespace bryo {
namespace {

constexpr int kFuseWaitMilliseconds = 10'000;

std::string LastLine(int fd) {
  std::string text;
  ::lseek(fd, 0, SEEK_SET);
  ReadAll(fd, 4096, text);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  size_t line = text.rfind('\n');
  return line == std::string::npos ? text : text.substr(line + 1);
}

// A payload that waits for long must not hold open what the command was called with.
Status LetGoOfStdio() {
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) return Status::Errno("/dev/null");
  for (int fd = 0; fd < 3; ++fd) {
    if (::dup2(null.get(), fd) < 0) return Status::Errno("stdio");
  }
  return {};
}

// The index of an operation of the plan.
template <typename Op>
uint32_t StorageStep(const LaunchContext& context, const Op& op) {
  const std::vector<StorageOp>& ops = context.plan->storage;
  uint32_t step = 0;
  while (step < ops.size() && std::get_if<Op>(&ops[step]) != &op) ++step;
  return step;
}

// A copy of the mount at a host path, which may be out of the stage's reach.
template <typename Op>
Status CloneSource(LaunchContext& context, const Op& op, const std::string& path, bool recursive,
                   UniqueFd& mount) {
  Status cloned = CloneMount(AT_FDCWD, path.c_str(), recursive, false, mount);
  UniqueFd place;
  if (cloned.err() == EACCES && OpenOutside(context, StorageStep(context, op), place).ok()) {
    cloned = CloneMount(place.get(), "", recursive, true, mount);
  }
  return cloned.ok() ? cloned : Status::Errno(path, cloned.err());
}

}  // namespace

Status Pin(LaunchContext& context, const StoragePinBind& op) {
  if (op.slot < context.slots.size() && context.slots[op.slot].valid()) return {};
  UniqueFd mount;
  Status cloned = op.no_follow ? CloneMount(AT_FDCWD, op.source.c_str(), op.recursive, true, mount)
                               : CloneSource(context, op, op.source, op.recursive, mount);
  if (!cloned.ok()) return Status::Errno(op.source, cloned.err());
  return PinSlot(context, op.slot, std::move(mount));
}

// The node is checked after it is pinned: what is verified is what gets mounted.
Status Pin(LaunchContext& context, const StoragePinDevice& op) {
  UniqueFd mount;
  Status cloned = CloneMount(AT_FDCWD, op.source.c_str(), false, false, mount);
  if (!cloned.ok()) return Status::Errno(op.source, cloned.err());
  struct stat st {};
  if (::fstatat(mount.get(), "", &st, AT_EMPTY_PATH) != 0) return Status::Errno(op.source);
  bool device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
  if (!device || major(st.st_rdev) != op.major || minor(st.st_rdev) != op.minor) {
    return Status::Errno(op.source + " is not the device it should be", ENODEV);
  }
  return PinSlot(context, op.slot, std::move(mount));
}

// fuse-overlayfs stays in the foreground (-f) so that the monitor, which inherits it as subreaper,
// can end it; it is ready once the mountpoint is a FUSE filesystem.
Status Mount(LaunchContext& context, const StorageRootFuse& op) {
  std::vector<char*> argv = CStrings(op.argv);
  UniqueFd messages(::memfd_create("fuse-overlayfs", MFD_CLOEXEC));
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) {
    // fuse-overlayfs chats about options it does not know: its words count only when it fails.
    ::dup2(null.get(), 0);
    ::dup2(null.get(), 1);
    ::dup2(messages.get(), 2);
    ::syscall(SYS_close_range, 3U, ~0U, 0);
    ::setsid();
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  for (int waited = 0; waited < kFuseWaitMilliseconds; ++waited) {
    struct statfs fs {};
    if (::statfs(op.mountpoint.c_str(), &fs) == 0 && fs.f_type == FUSE_SUPER_MAGIC) {
      return CloneMount(AT_FDCWD, op.mountpoint.c_str(), false, true, context.root);
    }
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) {
      return Status::Error("fuse-overlayfs failed: " + LastLine(messages.get()));
    }
    const timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  ::kill(pid, SIGKILL);
  return Status::Errno("fuse-overlayfs", ETIMEDOUT);
}

Status Pin(LaunchContext& context, const StorageRootDirectory& op) {
  return CloneSource(context, op, op.path, true, context.root);
}

// Opened for both directions it never blocks and never ends, whoever writes to it.
Status Pin(LaunchContext& context, const StoragePinStart& op) {
  if (!context.plan->handover && !context.plan->monitor->state_path.empty()) {
    Status let_go = LetGoOfStdio();
    if (!let_go.ok()) return let_go;
  }
  context.start_fifo.reset(::open(op.fifo.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  return context.start_fifo.valid() ? Status() : Status::Errno(op.fifo);
}

Status Mount(LaunchContext& context, const StorageMountIds& op) {
  UniqueFd userns;
  Status pinned = PinMountIds(op.uids, op.gids, userns);
  return pinned.ok() ? PinSlot(context, op.slot, std::move(userns)) : pinned;
}

Status Mount(LaunchContext& context, const StorageOwnFile& op) {
  if (op.slot >= context.slots.size() || !context.slots[op.slot].valid()) {
    return Status::Errno("slot " + std::to_string(op.slot), EBADF);
  }
  int owned = ::fchownat(context.slots[op.slot].get(), "", op.uid, op.gid, AT_EMPTY_PATH);
  return owned == 0 ? Status() : Status::Errno("owner of a file");
}

// A file of a tmpfs of its own. A mount can only be copied from a place in a mount namespace, so
// the filesystem lies over the staging directory for a moment.
Status Mount(LaunchContext& context, const StoragePinSecret& op) {
  constexpr const char* kName = "secret";
  const bool is_program = (op.mode & 0111) != 0;
  UniqueFd filesystem;
  Status made = MakeFilesystem(
      "tmpfs", {"size=" + std::to_string(op.content.size() + 65536), "nr_inodes=2", "mode=0700"},
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (is_program ? 0 : MOUNT_ATTR_NOEXEC), filesystem);
  if (!made.ok()) return made;
  UniqueFd file(::openat(filesystem.get(), kName,
                         O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid() || !WriteFull(file.get(), op.content.data(), op.content.size()) ||
      ::fchown(file.get(), op.uid, op.gid) != 0 || ::fchmod(file.get(), op.mode) != 0) {
    return Status::Errno("secret");
  }
  UniqueFd place;
  Status opened = OpenDirectory(op.staging, place);
  if (!opened.ok()) return opened;
  Status attached = Attach(filesystem.get(), place.get());
  if (!attached.ok()) return attached;
  UniqueFd mount;
  Status cloned = CloneMount(filesystem.get(), kName, false, true, mount);
  ::umount2(op.staging.c_str(), MNT_DETACH);
  return cloned.ok() ? PinSlot(context, op.slot, std::move(mount)) : cloned;
}

}  // namespace bryo
