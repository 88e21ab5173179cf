#include "launcher/stage_namespaces.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "sys/io.h"
#include "sys/same_file.h"

namespace bryo {
namespace {

// A user namespace, or the one that owns another namespace.
Status EnterUserNamespace(const std::string& path, UniqueFd fd) {
  if (::ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWUSER) {
    fd.reset(::ioctl(fd.get(), NS_GET_USERNS));
    if (!fd.valid()) return Status::Errno("owner of " + path);
  }
  if (::setns(fd.get(), CLONE_NEWUSER) == 0) return {};
  if (errno != EINVAL) return Status::Errno("join the user namespace of " + path);
  return Status::Error(path + " belongs to the host's user namespace: it cannot be joined");
}

Status OpenNested(LaunchContext& context) {
  if (!context.plan->nested_userns) return {};
  const std::string& path = context.plan->nested_userns->path;
  context.nested_userns.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return context.nested_userns.valid() ? Status() : Status::Errno(path);
}

// From the namespace above, in which the root filesystem is made; the payload's own comes last.
Status EnterAboveNested(LaunchContext& context) {
  const std::string& path = context.plan->nested_userns->path;
  Status opened = OpenNested(context);
  if (!opened.ok()) return opened;
  UniqueFd above(::ioctl(context.nested_userns.get(), NS_GET_PARENT));
  if (!above.valid() || ::setns(above.get(), CLONE_NEWUSER) != 0) {
    return Status::Errno("join the user namespace above " + path);
  }
  return {};
}

// Namespaces to join are opened by path first: after the first setns the paths mean something else.
// That of control groups is the child's own affair: from inside it nobody could be put into a
// group; and from inside a mount namespace nothing of the host could be opened any more.
Status JoinNamespaces(LaunchContext& context, bool users) {
  for (const HeaderJoin& join : context.plan->joins) {
    if ((join.flag == CLONE_NEWUSER) != users) continue;
    UniqueFd fd(::open(join.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.valid()) return Status::Errno(join.path);
    if (join.flag == CLONE_NEWCGROUP || join.flag == CLONE_NEWNS) {
      (join.flag == CLONE_NEWNS ? context.mount_ns : context.cgroup_ns) = std::move(fd);
      continue;
    }
    if (users) {
      Status entered = EnterUserNamespace(join.path, std::move(fd));
      if (!entered.ok()) return entered;
      continue;
    }
    if (::setns(fd.get(), static_cast<int>(join.flag)) != 0) {
      return Status::Errno("join " + join.path);
    }
  }
  return {};
}

// A process that had the pid of a path that was opened is still the same if it still runs. Another
// process has a pid only after its owner has ended.
Status CheckOwners(const LaunchContext& context) {
  for (const HeaderJoinOwner& owner : context.plan->join_owners) {
    if (ProcessStartTicks(static_cast<pid_t>(owner.pid)) == owner.start_ticks) continue;
    return Status::Error("a container whose namespaces are joined has just ended");
  }
  return {};
}

// Whether two descriptors are of different namespaces, for certain.
bool IsOther(const UniqueFd& one, const UniqueFd& other) {
  struct stat a {};
  struct stat b {};
  if (::fstat(one.get(), &a) != 0 || ::fstat(other.get(), &b) != 0) return false;
  return !IsSameFile(a, b);
}

// Binds that stay shared with the host are copied as long as this namespace is, too: a later copy
// would only hear of mounts, and not tell of them. A source that cannot be copied is pinned with
// all others, which says why.
void PinSharedBinds(LaunchContext& context) {
  for (const StorageOp& op : context.plan->storage) {
    const auto* bind = std::get_if<StoragePinBind>(&op);
    if (bind == nullptr || !bind->shared) continue;
    if (Pin(context, *bind).ok()) context.shares_mounts = true;
  }
}

}  // namespace

Status CreateNamespaces(LaunchContext& context) {
  for (const HeaderJoin& join : context.plan->joins) {
    if (join.flag != CLONE_NEWNS) continue;
    context.caller_mounts.reset(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  }
  // Processes inside may not look at this one, which has the host's files open.
  if (!context.plan->userns && !context.plan->joins.empty()) {
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  }
  if (context.bridge_users.valid()) {
    Status opened = OpenNested(context);
    if (!opened.ok()) return opened;
    // Nothing hostile runs in this user namespace: containers are below it.
    if (::setns(context.bridge_users.get(), CLONE_NEWUSER) != 0) {
      return Status::Errno("join the bridges' user namespace");
    }
    context.bridge_users.reset();
    if (::unshare(CLONE_NEWNS) != 0) return Status::Errno("unshare the mount namespace");
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
      return Status::Errno("propagation of /");
    }
  } else if (!context.plan->userns) {
    Status joined =
        context.plan->nested_userns ? EnterAboveNested(context) : JoinNamespaces(context, true);
    if (!joined.ok()) return joined;
    if (::unshare(CLONE_NEWNS) != 0) return Status::Errno("unshare the mount namespace");
    PinSharedBinds(context);
    // With a user namespace of its own the kernel does this: else what is mounted here would be
    // mounted for the host, too.
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) {
      return Status::Errno("propagation of /");
    }
  } else if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    return Status::Errno("create a user namespace");
  }
  Status joined = JoinNamespaces(context, false);
  return joined.ok() ? CheckOwners(context) : joined;
}

// The offsets are fixed as soon as a process is inside: the stage's children will be the first.
Status MakeTimeNamespace(const std::string& offsets) {
  if (::unshare(CLONE_NEWTIME) != 0) return Status::Errno("create a time namespace");
  if (offsets.empty() || WriteFileAt(AT_FDCWD, "/proc/self/timens_offsets", offsets)) return {};
  return Status::Errno("timeOffsets");
}

Status JoinMounts(LaunchContext& context) {
  // With a root filesystem it becomes the container's: its own root is covered, and given up.
  if (context.root.valid()) {
    UniqueFd first(::open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC));
    bool known = context.caller_mounts.valid() && IsOther(context.mount_ns, context.caller_mounts);
    if (!known || (first.valid() && !IsOther(context.mount_ns, first))) {
      return Status::Error("mounts cannot be made in the host's own mount namespace");
    }
  }
  if (::setns(context.mount_ns.get(), CLONE_NEWNS) != 0) {
    return Status::Errno("join the mount namespace");
  }
  if (context.root.valid()) return {};
  context.root.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return context.root.valid() ? Status() : Status::Errno("/");
}

Status EnterCgroupNamespace(const LaunchContext& context) {
  if (context.cgroup_ns.valid()) {
    return ::setns(context.cgroup_ns.get(), CLONE_NEWCGROUP) == 0
               ? Status()
               : Status::Errno("join the control group namespace");
  }
  bool own = (context.plan->namespaces.flags & CLONE_NEWCGROUP) != 0;
  if (!own || ::unshare(CLONE_NEWCGROUP) == 0) return {};
  return Status::Errno("create a control group namespace");
}

bool IsNetworkHidden(const Plan& plan) {
  if (!plan.network_helper && !plan.bridges) return false;
  for (const HeaderJoin& join : plan.joins) {
    if (join.flag == CLONE_NEWPID) return true;
  }
  return false;
}

}  // namespace bryo
