#include "launcher/launch.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "launcher/changed_networks.h"
#include "launcher/container_lock.h"
#include "launcher/group_entry.h"
#include "launcher/monitor_config.h"
#include "monitor/earlier_run.h"
#include "sys/io.h"

namespace bryo {

Launch::Launch(RunArguments arguments) : arguments_(std::move(arguments)) {
  report_.Open(std::move(arguments_.status));
  report_.Mark("launcher");
  cgroup_.Expect(std::move(arguments_.gate));
  handles_.lock_fd = std::move(arguments_.lock);
  handles_.pod_link_fd = std::move(arguments_.pod_link);
}

Status Launch::Run() {
  PayloadStdio stdio;
  Status status = ReadPlan(arguments_.plan.get(), plan_);
  if (status.ok() && plan_.preserved_fds.size() != arguments_.preserved.size()) {
    status = Status::Error("launch plan for other descriptors");
  }
  if (status.ok() && plan_.bridges &&
      (!arguments_.bridges.users.valid() || !arguments_.bridges.network.valid())) {
    status = Status::Error("launch plan with bridges, but without their namespaces");
  }
  // The container's files belong to ids of this namespace.
  if (status.ok() && plan_.bridges) {
    handles_.userns_fd.reset(::fcntl(arguments_.bridges.users.get(), F_DUPFD_CLOEXEC, 0));
  }
  if (status.ok()) status = TakeLock();
  if (status.ok() && plan_.bridges && arguments_.restarts > 0) {
    status = TakeChangedNetworks(plan_.monitor->container_dir, plan_, arguments_.bridges.late);
  }
  if (status.ok()) status = OpenStdio(stdio);
  if (status.ok()) status = KeepProbes(plan_, handles_.health);
  if (status.ok()) status = OpenNotifySocket();
  if (status.ok()) status = OpenCgroup();
  if (status.ok()) status = StartStage(std::move(stdio));
  if (status.ok()) status = Serve();
  if (status.ok()) report_.Mark("started");
  return status;
}

// Under the lock the records of an earlier run are no longer the truth, unless this start fails.
Status Launch::TakeLock() {
  Status taken = TakeContainerLock(plan_.monitor->lock_path, handles_.lock_fd);
  if (!taken.ok()) return taken;
  handshake_.Own();
  MarkStarting(handles_.lock_fd.get(), plan_.monitor->exit_path);
  return {};
}

Status Launch::OpenStdio(PayloadStdio& stdio) {
  Status opened = OpenPayloadStdio(*plan_.monitor, stdio);
  handles_.stdin_fd = std::move(stdio.ours[0]);
  handles_.stdout_fd = std::move(stdio.ours[1]);
  handles_.stderr_fd = std::move(stdio.ours[2]);
  return opened;
}

Status Launch::OpenCgroup() {
  Status opened = cgroup_.Open(plan_);
  if (opened.ok() && plan_.cgroup) report_.Mark("placed");
  return opened;
}

// The socket must be there before it is mounted into the container.
Status Launch::OpenNotifySocket() {
  if (!plan_.notify || plan_.notify->when != NotifyWhen::kPayload) return {};
  handles_.notify_socket = BindNotifySocket(plan_.monitor->attach_dir);
  if (!handles_.notify_socket.valid()) return Status::Errno("socket for sd_notify");
  return {};
}

Status Launch::StartStage(PayloadStdio stdio) {
  StageStart start;
  StageDescriptors& given = start.descriptors;
  given.plan = arguments_.plan.get();
  for (int fd = 0; fd < 3; ++fd) given.payload[fd] = stdio.payload[fd].get();
  bool placed = cgroup_.has_directory();
  // The child of a stage that is in the group stays there.
  bool inside = placed && IsStageInGroup(plan_, arguments_.target, cgroup_.directory());
  given.cgroup = placed && !inside ? cgroup_.directory() : given.plan;
  bool bridged = plan_.bridges && arguments_.bridges.users.valid();
  given.bridge_users = bridged ? arguments_.bridges.users.get() : given.plan;
  for (const UniqueFd& fd : arguments_.preserved) given.preserved.push_back(fd.get());
  // A stage that was started before the launcher was placed is in another control group.
  if (placed) EndWaitingStage(std::move(arguments_.stage));
  start.target = arguments_.target;
  start.copy = std::move(arguments_.copy);
  start.waiting = std::move(arguments_.stage);
  start.own_group = inside ? cgroup_.directory() : -1;
  Status started = SpawnStage(std::move(start), stage_);
  arguments_.preserved.clear();
  cgroup_.CloseDirectory();
  return started;
}

// A group that was made for a launch that fails goes again. Of a restart nobody reads the report.
void Launch::Fail(const Status& status) {
  helpers_.KillAll(handles_.payload, stage_.pid);
  if (handshake_.owns()) {
    cgroup_.Undo(plan_);
    if (arguments_.restarts > 0) RecordFailedRestart(*plan_.monitor, status.message());
  }
  report_.Failed(status);
}

int Launch::Succeed() {
  UniqueFd report = report_.Started(handles_.payload);
  WaitFor(stage_.pid);
  // With a handover the payload becomes the child of the caller's subreaper.
  if (plan_.handover) return 0;
  handles_.ready_fd = std::move(report);
  return ::chdir("/") == 0 ? Monitor() : 125;
}

int Launch::Monitor() {
  if (handshake_.held()) handles_.held_fd = std::move(stage_.sync);
  stage_.sync.reset();
  handles_.helper_exit_fd = helpers_.TakeExitFd();
  if (!plan_.monitor->container_dir.empty()) {
    handles_.helpers = helpers_.List(handles_.payload, stage_.pid);
    handles_.relay = helpers_.TakeRelay(handles_.payload);
  }
  handles_.first_client = std::move(arguments_.client);
  handles_.caller = std::move(arguments_.caller);
  handles_.bridges = std::move(arguments_.bridges);
  handles_.bridges.netfilter = helpers_.TakeNetfilter();
  handles_.published = std::move(arguments_.published);
  bool removes_group = plan_.cgroup && plan_.cgroup->remove;
  MonitorConfig config = MonitorConfigOf(std::move(plan_));
  if (removes_group) config.cgroup_path = cgroup_.path();
  if (arguments_.restarts > 0) config.restarts = arguments_.restarts;
  if (config.may_restart()) {
    handles_.plan_fd = std::move(arguments_.plan);
  } else {
    arguments_.plan.reset();
  }
  plan_ = Plan();
  return RunMonitor(config, std::move(handles_));
}

}  // namespace bryo
