#include "launcher/stage.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "launcher/await_start.h"
#include "launcher/context.h"
#include "launcher/id_map.h"
#include "launcher/init.h"
#include "launcher/spawn_stage.h"
#include "launcher/sync.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/syscalls.h"
#include "sys/target.h"

namespace bryo {
namespace {

[[noreturn]] void Fail(uint32_t step, const Status& status) {
  SendFailure(kSyncFd, step, status);
  ::_exit(125);
}

// Ids before capabilities are gone: groups, then gid, then uid. An id map without 0 (or a setgroups
// denied by a single-id map) leaves the caller's own ids, with full capabilities all the same.
void BecomeRoot() {
  ::setgroups(0, nullptr);
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) errno = 0;
}

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

// From the namespace above, in which the root filesystem is made; the payload's own comes last.
Status EnterAboveNested(LaunchContext& context) {
  const std::string& path = context.plan->nested_userns->path;
  context.nested_userns.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!context.nested_userns.valid()) return Status::Errno(path);
  UniqueFd above(::ioctl(context.nested_userns.get(), NS_GET_PARENT));
  if (!above.valid() || ::setns(above.get(), CLONE_NEWUSER) != 0) {
    return Status::Errno("join the user namespace above " + path);
  }
  return {};
}

// Namespaces to join are opened by path first: after the first setns the paths mean something else.
// That of control groups is the child's own affair: from inside it nobody could be put into a group;
// and from inside a mount namespace nothing of the host could be opened any more.
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

// Whoever had the pids of the paths that were opened is still the same if it still runs. Another
// process has a pid only after its owner has ended.
Status CheckOwners(const LaunchContext& context) {
  for (const HeaderJoinOwner& owner : context.plan->join_owners) {
    if (ProcessStartTicks(static_cast<pid_t>(owner.pid)) == owner.start_ticks) continue;
    return Status::Error("a container whose namespaces are joined has just ended");
  }
  return {};
}

Status CreateNamespaces(LaunchContext& context) {
  if (!context.plan->userns) {
    // What is inside may not look at this process, which has the host's files open.
    if (!context.plan->joins.empty()) ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    Status joined = context.plan->nested_userns ? EnterAboveNested(context)
                                                : JoinNamespaces(context, true);
    if (!joined.ok()) return joined;
    if (::unshare(CLONE_NEWNS) != 0) return Status::Errno("unshare the mount namespace");
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

void AwaitMapping() {
  SyncMessage answer{};
  if (!ReceiveSync(kSyncFd, answer) || answer.type != SyncType::kMapped) ::_exit(125);
}

void PrepareContainer(LaunchContext& context) {
  const Plan& plan = *context.plan;
  uint32_t first = static_cast<uint32_t>(FirstContainerStep(plan) - plan.storage.size());
  size_t step = 0;
  Status created = CreateNamespaces(context);
  if (!created.ok()) Fail(kNoStep, created);
  if (plan.userns && !SendSync(kSyncFd, SyncType::kMapMe)) ::_exit(125);
  Status pinned = PinStorage(context, step);
  if (!pinned.ok()) Fail(first + static_cast<uint32_t>(step), pinned);
  if (plan.userns) AwaitMapping();
  BecomeRoot();
  if (plan.timens) {
    Status made = MakeTimeNamespace(plan.timens->offsets);
    if (!made.ok()) Fail(kNoStep, made);
  }
  Status mounted = MountRoot(context, step);
  if (!mounted.ok()) Fail(first + static_cast<uint32_t>(step), mounted);
  if (!context.mount_ns.valid()) return;
  if (::setns(context.mount_ns.get(), CLONE_NEWNS) != 0) {
    Fail(kNoStep, Status::Errno("join the mount namespace"));
  }
  context.root.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// A health probe's plan was compiled before the process that it joins existed.
void FillIn(HeaderJoinProcess& join, const Target& target) {
  join.pid = static_cast<uint32_t>(target.pid);
  join.start_ticks = target.start_ticks;
  join.flags = DifferingNamespaces(target.pid);
}

// Enters a running container. The stage is not dumpable from here on: a process inside must not be
// able to read it through /proc or ptrace.
void EnterContainer(LaunchContext& context) {
  const HeaderJoinProcess& join = *context.plan->join_process;
  UniqueFd pidfd;
  Status pinned = PinTarget({static_cast<pid_t>(join.pid), join.start_ticks}, pidfd);
  if (!pinned.ok()) Fail(kNoStep, pinned);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::setns(pidfd.get(), static_cast<int>(join.flags & ~uint64_t{CLONE_NEWCGROUP})) != 0) {
    Fail(kNoStep, Status::Errno("join the container's namespaces"));
  }
  if ((join.flags & CLONE_NEWCGROUP) != 0) context.cgroup_ns = std::move(pidfd);
  BecomeRoot();
  context.root.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// The root of the namespace is the group in which its maker is.
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

bool JoinsProcesses(const LaunchContext& context) {
  for (const HeaderJoin& join : context.plan->joins) {
    if (join.flag == CLONE_NEWPID) return true;
  }
  return false;
}

[[noreturn]] void RunChild(LaunchContext& context, int gate) {
  if (!context.plan->handover) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (gate >= 0) {
    char go = 0;
    if (!ReadFull(gate, &go, 1)) ::_exit(125);
    BecomeRoot();
    // The change of ids took this away, and with it the network helper's sight of /proc/PID/ns.
    // Nothing hostile runs in these namespaces yet.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  }
  if (context.nested_userns.valid()) BecomeRoot();
  if (context.plan->join_process || !context.plan->joins.empty()) {
    // The network helper must see its namespaces; nothing in the ones it joins sees this process,
    // unless it joins those of process ids, and that comes without a helper.
    ::prctl(PR_SET_DUMPABLE, context.plan->network_helper && !JoinsProcesses(context) ? 1 : 0, 0, 0,
            0);
  }
  size_t step = 0;
  Status status = EnterCgroupNamespace(context);
  if (!status.ok()) {
    SendFailure(context.sync_fd, kNoStep, status);
    ::_exit(125);
  }
  status = RunContainerOps(context, step);
  FailChild(context, step, status);
}

// The child becomes the parent's child (CLONE_PARENT), so that the stage, whose namespaces it no
// longer needs, can go away. An inner user namespace is mapped from here: only a process of the
// outer one may write its maps.
void CloneChild(LaunchContext& context) {
  const Plan& plan = *context.plan;
  UniqueFd gate_read;
  UniqueFd gate_write;
  if (plan.inner_userns) {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) Fail(kNoStep, Status::Errno("pipe"));
    gate_read.reset(fds[0]);
    gate_write.reset(fds[1]);
  }
  if (context.nested_userns.valid() && ::setns(context.nested_userns.get(), CLONE_NEWUSER) != 0) {
    Fail(kNoStep, Status::Errno("join the user namespace"));
  }
  clone_args args{};
  args.flags = (plan.namespaces.flags & ~uint64_t{CLONE_NEWCGROUP}) | CLONE_PARENT;
  if (context.cgroup.valid()) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<uint64_t>(context.cgroup.get());
  }
  if (plan.inner_userns) args.flags |= CLONE_NEWUSER;
  pid_t pid = sys::clone3(args);
  if (pid < 0) Fail(kNoStep, Status::Errno("create the container's namespaces"));
  if (pid == 0) {
    gate_write.reset();
    RunChild(context, gate_read.get());
  }
  if (plan.inner_userns) {
    Status mapped =
        MapIdsDirectly(pid, plan.inner_userns->uids, plan.inner_userns->gids, false);
    if (!mapped.ok()) Fail(kNoStep, mapped);
    WriteFull(gate_write.get(), "m", 1);
  }
  SendSync(kSyncFd, SyncType::kChild, pid);
}

bool IsDirectory(int fd) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

}  // namespace

// After `start` nobody listens any more: the container's own stderr gets to know.
[[noreturn]] void FailChild(const LaunchContext& context, size_t step, const Status& status) {
  if (context.released) {
    ::dprintf(2, "bryo-oci: %s\n", status.message().c_str());
    ::_exit(status.err() == ENOENT ? 127 : 126);
  }
  SendFailure(context.sync_fd, static_cast<uint32_t>(context.first_step + step), status);
  ::_exit(125);
}

int StageMain(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A launcher that a monitor became ignores them (addon/monitor/restart.cc).
  for (int number : {SIGTERM, SIGINT, SIGQUIT}) ::signal(number, SIG_DFL);
  if (argc == 1 && std::strcmp(argv[0], "--wait") == 0 && !AwaitLaunch()) return 0;
  ::fcntl(kPlanFd, F_SETFD, FD_CLOEXEC);
  ::fcntl(kSyncFd, F_SETFD, FD_CLOEXEC);
  ::umask(022);
  Plan plan;
  Status read = ReadPlan(kPlanFd, plan);
  if (!read.ok()) Fail(kNoStep, read);
  for (uint32_t i = 0; i < plan.preserved_fds; ++i) {
    ::fcntl(kPreservedFds + static_cast<int>(i), F_SETFD, FD_CLOEXEC);
  }
  LaunchContext context;
  context.plan = &plan;
  context.first_step = FirstContainerStep(plan);
  Status ready = PrepareInit(context);
  if (ready.ok()) ready = PrepareAwaitStart(context);
  if (!ready.ok()) Fail(kNoStep, ready);
  UniqueFd group(kCgroupFd);
  ::fcntl(kCgroupFd, F_SETFD, FD_CLOEXEC);
  if (plan.cgroup && IsDirectory(group.get())) context.cgroup = std::move(group);
  if (plan.join_process) {
    if (plan.join_process->pid == 0) FillIn(*plan.join_process, ReadTarget(argc, argv));
    EnterContainer(context);
  } else {
    PrepareContainer(context);
  }
  CloneChild(context);
  return 0;
}

}  // namespace bryo
