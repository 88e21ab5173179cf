// Container operations on the root filesystem: mounts, masks, files, pivot.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <string_view>

#include "launcher/context.h"
#include "launcher/copy_up.h"
#include "launcher/kernel_mounts.h"
#include "launcher/mount_ids.h"
#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/root_path.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

Status Named(const std::string& what, const Status& status) {
  return status.ok() ? status : Status::Errno(what + ": " + status.what(), status.err());
}

// A descriptor opened before something was mounted on its place denotes what lies beneath.
Status Reopen(LaunchContext& context, const std::string& path, UniqueFd& out) {
  return OpenInRoot(context.root.get(), path, O_PATH, out);
}

Status Slot(LaunchContext& context, uint32_t slot, int& mount) {
  if (slot >= context.slots.size() || !context.slots[slot].valid()) {
    return Status::Errno("slot " + std::to_string(slot), EBADF);
  }
  mount = context.slots[slot].get();
  return {};
}

Status MapOwners(LaunchContext& context, uint32_t ids, int mount, bool recursive) {
  if (ids == 0) return {};
  int userns = -1;
  Status found = Slot(context, ids, userns);
  return found.ok() ? MapMountIds(mount, userns, recursive) : found;
}

// With `no_follow` a symbolic link is the place itself.
Status BindTarget(LaunchContext& context, const OpMountBind& op, Missing kind, UniqueFd& target) {
  if (op.no_follow && OpenInRoot(context.root.get(), op.target, O_PATH | O_NOFOLLOW, target).ok()) {
    return {};
  }
  return EnsureInRoot(context.root.get(), op.target, kind, false, target);
}

// Files of procfs are the kernel's word about the process: nothing may stand in their place but the
// files that lxcfs and its kind replace (runc's list).
Status RefuseProcfs(const std::string& path, int target) {
  static constexpr std::string_view kReplaceable[] = {
      "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo",  "/proc/stat",    "/proc/swaps",
      "/proc/uptime",  "/proc/loadavg",   "/proc/slabinfo", "/proc/net/dev",
  };
  for (std::string_view allowed : kReplaceable) {
    if (path == allowed) return {};
  }
  struct statfs fs {};
  if (::fstatfs(target, &fs) != 0) return Status::Errno(path);
  if (fs.f_type != PROC_SUPER_MAGIC) return {};
  return Status::Errno(path + " is on procfs", EPERM);
}

// The kernel's initial root filesystem cannot be pivoted away. The new root lies over it already
// (enterRoot with `/` as staging), so that this process need only enter it.
Status CoverRoot() { return ::chroot(".") == 0 ? Status() : Status::Errno("chroot"); }

// pivot_root(".", ".") stacks the old root on the new one, where it is detached at once: no
// directory is needed to put it in (pivot_root(2), NOTES).
Status PivotRoot() {
  if (sys::pivot_root(".", ".") != 0) return Status::Errno("pivot_root");
  return ::umount2(".", MNT_DETACH) == 0 ? Status() : Status::Errno("umount of the old root");
}

// Makes what is missing of a directory, for a user. One that the image does not know is root here:
// it is told of where the credentials are set.
Status EnsureOwned(const LaunchContext& context, const OpMakeDir& op) {
  const int root = context.root.get();
  UniqueFd there;
  if (OpenInRoot(root, op.path, O_PATH | O_DIRECTORY, there).ok()) return {};
  Identity owner;
  const bool known = ResolveIdentity(root, op.owner, {}, owner).ok();
  size_t end = 0;
  do {
    end = op.path.find('/', end + 1);
    const std::string part = op.path.substr(0, end);
    if (OpenInRoot(root, part, O_PATH | O_DIRECTORY, there).ok()) continue;
    Status made =
        EnsureInRoot(root, part, Missing::kDirectory, false, there, static_cast<mode_t>(op.mode));
    if (!made.ok()) return made;
    // An id that is not mapped cannot be had; nor can the process that runs here.
    if (known && ::fchownat(there.get(), "", owner.uid, owner.gid, AT_EMPTY_PATH) != 0) errno = 0;
  } while (end != std::string::npos);
  return {};
}

}  // namespace

Status Run(LaunchContext& context, const OpEnterRoot& op) {
  if (op.propagation != 0) {
    struct mount_attr attr {};
    attr.propagation = op.propagation;
    if (::mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof(attr)) != 0) {
      return Status::Errno("propagation of /");
    }
  }
  // On top of "/" itself, which every mapping can reach; a container with ids of its own cannot
  // walk to a place in the caller's home directory.
  UniqueFd top(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!top.valid()) return Status::Errno("/");
  Status attached = Attach(context.root.get(), top.get());
  if (!attached.ok()) return Named("root filesystem", attached);
  context.covers_root = context.mount_ns.valid();
  Status made = MakeFilesystem("proc", {}, 0, context.proc);
  bool shared = (context.plan->namespaces.flags & CLONE_NEWPID) == 0;
  // A container that shares the caller's pid namespace has no right to another procfs of it: its
  // own does.
  if (made.ok() || made.err() != EPERM || !shared) return made;
  context.proc.reset(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct statfs st {};
  if (context.proc.valid() && ::fstatfs(context.proc.get(), &st) == 0 &&
      st.f_type == PROC_SUPER_MAGIC) {
    return {};
  }
  context.proc.reset();
  return made;
}

Status Run(LaunchContext& context, const OpMountFs& op) {
  std::vector<std::string> options = OptionsOver(context, op);
  UniqueFd target;
  Status ensured =
      EnsureInRoot(context.root.get(), op.target, Missing::kDirectory, op.no_follow, target);
  if (!ensured.ok()) return ensured;
  UniqueFd mount;
  Status made = MakeKernelFilesystem(context, op, options, mount);
  if (!made.ok()) return Named(op.target, made);
  if (op.copy_up) {
    Status copied = CopyUp(target.get(), mount.get(), HasMode(op.options));
    if (!copied.ok()) return Named(op.target, copied);
  }
  if ((op.attributes & MOUNT_ATTR_RDONLY) != 0) {
    Status changed = ChangeMount(mount.get(), MOUNT_ATTR_RDONLY, 0, false, 0);
    if (!changed.ok()) return Named(op.target, changed);
  }
  Status mapped = MapOwners(context, op.ids, mount.get(), false);
  if (!mapped.ok()) return Named(op.target, mapped);
  return Named(op.target, Attach(mount.get(), target.get()));
}

Status Run(LaunchContext& context, const OpMountBind& op) {
  int mount = -1;
  Status found = Slot(context, op.slot, mount);
  if (!found.ok()) return found;
  struct stat st {};
  if (::fstatat(mount, "", &st, AT_EMPTY_PATH) != 0) return Status::Errno(op.target);
  Missing kind = S_ISDIR(st.st_mode) ? Missing::kDirectory : Missing::kFile;
  UniqueFd target;
  Status ensured = BindTarget(context, op, kind, target);
  if (!ensured.ok()) return ensured;
  Status allowed = RefuseProcfs(op.target, target.get());
  if (!allowed.ok()) return allowed;
  if (op.copy_up && kind == Missing::kDirectory) {
    Status copied = CopyUp(target.get(), mount, false);
    if (!copied.ok()) return Named(op.target, copied);
  }
  UniqueFd copy;
  Status cloned = CloneMount(mount, "", op.recursive, true, copy);
  // A slot may be mounted in several places; a mount from another namespace cannot be cloned
  // again, so the last resort is to use the pinned one itself, once.
  int source = cloned.ok() ? copy.get() : mount;
  Status changed = ChangeMount(source, op.set, op.clear, op.recursive, op.propagation);
  if (changed.ok()) changed = ChangeMount(source, op.top_set, op.top_clear, false, 0);
  if (!changed.ok()) return Named(op.target, changed);
  Status mapped = MapOwners(context, op.ids, source, op.recursive);
  if (!mapped.ok()) return Named(op.target, mapped);
  return Named(op.target, Attach(source, target.get()));
}

Status Run(LaunchContext& context, const OpMakeDir& op) {
  UniqueFd made;
  if (!op.owner.empty()) return EnsureOwned(context, op);
  return EnsureInRoot(context.root.get(), op.path, Missing::kDirectory, false, made,
                      static_cast<mode_t>(op.mode));
}

Status Run(LaunchContext& context, const OpSymlink& op) {
  UniqueFd parent;
  std::string name;
  Status opened = OpenParentInRoot(context.root.get(), op.path, parent, name);
  if (!opened.ok()) return opened;
  if (::symlinkat(op.target.c_str(), parent.get(), name.c_str()) != 0 && errno != EEXIST) {
    return Status::Errno(op.path);
  }
  return {};
}

Status Run(LaunchContext& context, const OpWriteFile& op) {
  UniqueFd parent;
  std::string name;
  Status opened = OpenParentInRoot(context.root.get(), op.path, parent, name);
  if (!opened.ok()) return opened;
  // Replaces whatever the image has there, a symbolic link included, instead of following it.
  ::unlinkat(parent.get(), name.c_str(), 0);
  UniqueFd fd(::openat(parent.get(), name.c_str(),
                       O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, op.mode));
  if (!fd.valid() || !WriteFull(fd.get(), op.content.data(), op.content.size())) {
    return Status::Errno(op.path);
  }
  return {};
}

Status Run(LaunchContext& context, const OpMask& op) {
  UniqueFd target;
  Status opened = Reopen(context, op.path, target);
  if (!opened.ok()) return opened.err() == ENOENT || opened.err() == ENOTDIR ? Status() : opened;
  struct stat st {};
  if (::fstat(target.get(), &st) != 0) return Status::Errno(op.path);
  UniqueFd cover;
  Status made;
  if (S_ISDIR(st.st_mode)) {
    made = MaskDirectory(context, cover);
  } else {
    int null_mount = -1;
    made = Slot(context, op.null_slot, null_mount);
    if (made.ok()) made = CloneMount(null_mount, "", false, true, cover);
    // Only a mount that has a place can be copied (open_tree(2)). A bound /dev leaves this one
    // without: it becomes the first mask, of which further ones are copies.
    if (made.err() == EINVAL) return Named(op.path, Attach(null_mount, target.get()));
  }
  if (!made.ok()) return Named(op.path, made);
  return Named(op.path, Attach(cover.get(), target.get()));
}

Status Run(LaunchContext& context, const OpReadonlyPath& op) {
  UniqueFd target;
  Status opened = Reopen(context, op.path, target);
  if (!opened.ok()) return opened.err() == ENOENT || opened.err() == ENOTDIR ? Status() : opened;
  UniqueFd copy;
  Status made = CloneMount(target.get(), "", true, true, copy);
  if (made.ok()) made = ChangeMount(copy.get(), MOUNT_ATTR_RDONLY, 0, true, 0);
  if (!made.ok()) return Named(op.path, made);
  return Named(op.path, Attach(copy.get(), target.get()));
}

Status Run(LaunchContext& context, const OpMountReadonly& op) {
  UniqueFd target;
  Status opened = Reopen(context, op.path, target);
  if (!opened.ok()) return opened;
  return Named(op.path, ChangeMount(target.get(), MOUNT_ATTR_RDONLY, 0, false, 0));
}

Status Run(LaunchContext& context, const OpConsole& op) {
  UniqueFd master;
  Status opened = OpenTerminal(context, master);
  if (!opened.ok()) return opened;
  UniqueFd slave_mount;
  Status cloned = CloneMount(context.pty_slave.get(), "", false, true, slave_mount);
  if (!cloned.ok()) return Named(op.path, cloned);
  UniqueFd target;
  Status ensured = EnsureInRoot(context.root.get(), op.path, Missing::kFile, true, target);
  if (!ensured.ok()) return ensured;
  Status attached = Attach(slave_mount.get(), target.get());
  return attached.ok() ? SendTerminal(master.get()) : Named(op.path, attached);
}

// An exec session's terminal: a new pty in the container's devpts, without a /dev/console.
Status Run(LaunchContext& context, const OpTerminal&) {
  UniqueFd master;
  Status opened = OpenTerminal(context, master);
  return opened.ok() ? SendTerminal(master.get()) : opened;
}

Status Run(LaunchContext& context, const OpRootReadonly&) {
  return Named("/", ChangeMount(context.root.get(), MOUNT_ATTR_RDONLY, 0, false, 0));
}

Status Run(LaunchContext& context, const OpPivot& op) {
  if (::fchdir(context.root.get()) != 0) return Status::Errno("fchdir");
  Status changed = op.cover ? CoverRoot() : PivotRoot();
  if (!changed.ok()) return changed;
  context.covers_root = false;
  if (::chdir("/") != 0) return Status::Errno("chdir /");
  context.root.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return context.root.valid() ? Status() : Status::Errno("/");
}

}  // namespace bryo
