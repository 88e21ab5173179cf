#include "launcher/stage.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cstring>
#include <string>

#include "launcher/await_start.h"
#include "launcher/context.h"
#include "launcher/id_map.h"
#include "launcher/init.h"
#include "launcher/spawn_stage.h"
#include "launcher/stage_namespaces.h"
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
void BecomeRoot(const LaunchContext& context) {
  if (!KeepsGroups(context)) ::setgroups(0, nullptr);
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) errno = 0;
}

void AwaitMapping(const LaunchContext& context) {
  if (context.mapped) return;
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
  if (plan.userns) AwaitMapping(context);
  BecomeRoot(context);
  if (plan.timens) {
    Status made = MakeTimeNamespace(plan.timens->offsets);
    if (!made.ok()) Fail(kNoStep, made);
  }
  Status mounted = MountRoot(context, step);
  if (!mounted.ok()) Fail(first + static_cast<uint32_t>(step), mounted);
  if (!context.mount_ns.valid()) return;
  Status joined = JoinMounts(context);
  if (!joined.ok()) Fail(kNoStep, joined);
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
  BecomeRoot(context);
  context.root.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
}

// Pipes between the stage and its child.
struct ChildPipes {
  UniqueFd mapped_read;  // of a child with a user namespace of its own: that is mapped
  UniqueFd mapped_write;
  UniqueFd visible_read;  // the network helper may look for the child's namespaces from now on
  UniqueFd visible_write;
};

bool MakePipe(UniqueFd& read_end, UniqueFd& write_end) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return false;
  read_end.reset(fds[0]);
  write_end.reset(fds[1]);
  return true;
}

// A change of ids hides a process for a moment (PR_SET_DUMPABLE): what looks for its network within
// it fails.
bool IsHiddenAtFirst(const Plan& plan) {
  return plan.bridges || (plan.network_helper && (plan.inner_userns || !plan.joins.empty()));
}

// For a helper that cannot look for it.
bool SendNetwork(int sync) {
  UniqueFd network(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  SyncMessage message{};
  message.type = SyncType::kNetwork;
  if (network.valid()) return SendSync(sync, message, network.get());
  SendFailure(sync, kNoStep, Status::Errno("the container's network"));
  return false;
}

[[noreturn]] void RunChild(LaunchContext& context, ChildPipes& pipes) {
  if (!context.plan->handover) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (pipes.mapped_read.valid()) {
    char go = 0;
    if (!ReadFull(pipes.mapped_read.get(), &go, 1)) ::_exit(125);
    BecomeRoot(context);
    // The change of ids took this away, and with it the network helper's sight of /proc/PID/ns.
    // Nothing hostile runs in these namespaces yet.
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  }
  if (context.nested_userns.valid()) BecomeRoot(context);
  if (context.plan->join_process || !context.plan->joins.empty()) {
    // The network helper must see its namespaces, and nothing in the ones it joins sees this
    // process, unless it joins those of process ids.
    bool seen = context.plan->network_helper || context.plan->bridges;
    ::prctl(PR_SET_DUMPABLE, seen && !IsNetworkHidden(*context.plan) ? 1 : 0, 0, 0, 0);
  }
  pipes = {};
  if (IsNetworkHidden(*context.plan) && !SendNetwork(context.sync_fd)) ::_exit(125);
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
  ChildPipes pipes;
  bool made = (!plan.inner_userns || MakePipe(pipes.mapped_read, pipes.mapped_write)) &&
              (!IsHiddenAtFirst(plan) || MakePipe(pipes.visible_read, pipes.visible_write));
  if (!made) Fail(kNoStep, Status::Errno("pipe"));
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
    pipes.mapped_write.reset();
    RunChild(context, pipes);
  }
  pipes.visible_write.reset();
  if (plan.inner_userns) {
    Status mapped = MapIdsDirectly(pid, plan.inner_userns->uids, plan.inner_userns->gids, false);
    if (!mapped.ok()) Fail(kNoStep, mapped);
    WriteFull(pipes.mapped_write.get(), "m", 1);
  }
  // The end of file is the word, for it comes also from a child that has ended.
  char none = 0;
  if (pipes.visible_read.valid()) ReadFull(pipes.visible_read.get(), &none, 1);
  SendSync(kSyncFd, SyncType::kChild, pid);
}

bool IsDirectory(int fd) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

// Of a program that cannot be executed others look for just these words of runc's.
std::string ReleasedText(const Status& status) {
  std::string text = status.what();
  std::string reason = status.err() == 0 ? "" : std::strerror(status.err());
  if (!reason.empty()) {
    reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    text += ": " + reason;
  }
  return text.compare(0, 5, "exec ") == 0 ? text : "bryo-oci: " + text;
}

}  // namespace

// After `start` nobody listens any more: the container's own stderr gets to know.
[[noreturn]] void FailChild(const LaunchContext& context, size_t step, const Status& status) {
  // A mount namespace that was joined is left as it was: others may live in it.
  if (context.covers_root && ::fchdir(context.root.get()) == 0) ::umount2(".", MNT_DETACH);
  if (context.released) {
    ::dprintf(2, "%s\n", ReleasedText(status).c_str());
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
  for (size_t i = 0; i < plan.preserved_fds.size(); ++i) {
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
  UniqueFd users(kBridgeUsersFd);
  ::fcntl(kBridgeUsersFd, F_SETFD, FD_CLOEXEC);
  if (plan.bridges) context.bridge_users = std::move(users);
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
