#include "launcher/parent.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <utility>

#include "launcher/container_lock.h"
#include "launcher/detach.h"
#include "launcher/handover.h"
#include "launcher/handshake.h"
#include "launcher/hooks.h"
#include "launcher/id_map.h"
#include "launcher/launch_cgroup.h"
#include "launcher/launch_helpers.h"
#include "launcher/monitor_config.h"
#include "launcher/payload_stdio.h"
#include "launcher/plan.h"
#include "launcher/report.h"
#include "launcher/run_arguments.h"
#include "launcher/spawn_stage.h"
#include "launcher/sync.h"
#include "monitor/earlier_run.h"
#include "monitor/monitor.h"
#include "sys/io.h"

namespace bryo {
namespace {

class Launch {
 public:
  explicit Launch(RunArguments arguments);

  Status Run();
  int Succeed();
  void Fail(const Status& status);

 private:
  Status TakeLock();
  Status OpenStdio(PayloadStdio& stdio);
  Status OpenCgroup();
  Status OpenNotifySocket();
  Status StartStage(PayloadStdio stdio);
  Status Serve();
  Status OnMessage(SyncMessage& message, UniqueFd fd);
  Status OnTerminal(UniqueFd master);
  Status MapStage();
  Status OnNetwork();
  Status Arrive(Handshake::Part part);
  Status LetGo();
  Status Release();
  int Monitor();

  RunArguments arguments_;
  Plan plan_;
  LaunchReport report_;
  Handshake handshake_;
  StageProcess stage_;
  LaunchCgroup cgroup_;
  LaunchHelpers helpers_;
  MonitorHandles handles_;
};

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
  if (status.ok() && plan_.preserved_fds != arguments_.preserved.size()) {
    status = Status::Error("launch plan for other descriptors");
  }
  if (status.ok()) status = TakeLock();
  if (status.ok()) status = OpenStdio(stdio);
  if (status.ok()) status = KeepProbes(plan_, handles_.health);
  if (status.ok()) status = OpenNotifySocket();
  if (status.ok()) status = OpenCgroup();
  if (status.ok()) status = StartStage(std::move(stdio));
  if (status.ok()) status = Serve();
  if (status.ok()) report_.Mark("started");
  return status;
}

// --- what the stage needs -------------------------------------------------------------------------

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

// It must be there before it is mounted into the container.
Status Launch::OpenNotifySocket() {
  if (!plan_.notify || plan_.notify->when != static_cast<uint32_t>(NotifyWhen::kPayload)) return {};
  handles_.notify_socket = BindNotifySocket(plan_.monitor->attach_dir);
  if (!handles_.notify_socket.valid()) return Status::Errno("socket for sd_notify");
  return {};
}

// The mapped ids of root's containers may not put a process into a group of root's: the stage is in it
// already, and its child stays there.
bool EntersGroupItself() { return ::geteuid() == 0; }

Status Launch::StartStage(PayloadStdio stdio) {
  StageStart start;
  StageDescriptors& given = start.descriptors;
  given.plan = arguments_.plan.get();
  for (int fd = 0; fd < 3; ++fd) given.payload[fd] = stdio.payload[fd].get();
  bool placed = cgroup_.has_directory();
  given.cgroup = placed && !EntersGroupItself() ? cgroup_.directory() : given.plan;
  for (const UniqueFd& fd : arguments_.preserved) given.preserved.push_back(fd.get());
  // What was started before the launcher was placed is in another control group.
  if (placed) EndWaitingStage(std::move(arguments_.stage));
  start.target = arguments_.target;
  start.copy = std::move(arguments_.copy);
  start.waiting = std::move(arguments_.stage);
  start.own_group = EntersGroupItself() ? cgroup_.directory() : -1;
  Status started = SpawnStage(std::move(start), stage_);
  arguments_.preserved.clear();
  cgroup_.CloseDirectory();
  return started;
}

// --- the handshake (sync.h) -----------------------------------------------------------------------

// Until the sync socket's other ends are all closed: by exec, or by death. The stage's own death is told
// by its end alone: the child that it may have made keeps the socket and waits for a word.
Status Launch::Serve() {
  for (;;) {
    bool network = handshake_.awaits(Handshake::kNetwork);
    pollfd sync{stage_.sync.get(), POLLIN, 0};
    pollfd ready{network ? helpers_.ready_fd() : -1, POLLIN, 0};
    pollfd ended{network ? helpers_.ended_fd() : -1, POLLIN, 0};
    pollfd stage_ended{stage_.end.get(), POLLIN, 0};
    pollfd pollers[] = {sync, ready, ended, stage_ended};
    if (::poll(pollers, std::size(pollers), -1) < 0) continue;
    bool told = pollers[0].revents != 0;
    if (pollers[1].revents != 0 || pollers[2].revents != 0) {
      Status connected = OnNetwork();
      if (!connected.ok()) return connected;
    }
    if (!told && pollers[3].revents != 0) {
      if (handles_.payload <= 0) return Status::Error("the launcher's stage was killed");
      stage_.end.reset();
    }
    if (!told) continue;
    SyncMessage message{};
    UniqueFd fd;
    if (!ReceiveSync(stage_.sync.get(), message, &fd)) {
      if (handshake_.let_go()) return {};
      return Status::Error("the launcher ended before the container was started");
    }
    Status handled = OnMessage(message, std::move(fd));
    if (!handled.ok() || handshake_.held()) return handled;
  }
}

Status Launch::OnMessage(SyncMessage& message, UniqueFd fd) {
  switch (message.type) {
    case SyncType::kMapMe:
      return plan_.userns ? MapStage() : Status::Error("unexpected request");
    case SyncType::kChild: {
      handles_.payload = message.number;
      report_.Mark("cloned");
      if (plan_.network_helper) {
        handshake_.Await(Handshake::kNetwork);
        Status started = helpers_.StartNetwork(*plan_.network_helper, handles_.payload);
        if (!started.ok()) return started;
      }
      return Arrive(Handshake::kProcess);
    }
    case SyncType::kPty:
      return OnTerminal(std::move(fd));
    case SyncType::kListener:
      if (!plan_.seccomp_listener) return Status::Error("unexpected listener");
      return SendDescriptor(plan_.seccomp_listener->path,
                            WithPid(plan_.seccomp_listener->state, handles_.payload), fd.get());
    case SyncType::kCreated:
      if (arguments_.restarts > 0) return Release();  // it has been let go once and for all
      handshake_.Hold();
      return {};
    case SyncType::kReleased:
      return {};
    case SyncType::kReady:
      report_.Mark("prepared");
      return Arrive(Handshake::kBarrier);
    case SyncType::kFailed:
      report_.FailAt(message.step);
      return Status::Errno(message.text, message.number);
    default:
      return Status::Error("unexpected message");
  }
}

Status Launch::MapStage() {
  const HeaderUserns& map = *plan_.userns;
  Status mapped = map.helper ? MapIdsWithHelpers(stage_.pid, map.uids, map.gids)
                             : MapIdsDirectly(stage_.pid, map.uids, map.gids, ::geteuid() != 0);
  if (!mapped.ok()) return Status::Errno("cannot map ids: " + mapped.what(), mapped.err());
  std::string path = "/proc/" + std::to_string(stage_.pid) + "/ns/user";
  handles_.userns_fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  report_.Mark("mapped");
  // A stage that has failed meanwhile has said why, and that is read next.
  SendSync(stage_.sync.get(), SyncType::kMapped);
  return {};
}

Status Launch::OnTerminal(UniqueFd master) {
  if (plan_.handover) {
    return SendDescriptor(plan_.handover->console_socket, "/dev/ptmx", master.get());
  }
  handles_.pty_master = std::move(master);
  return {};
}

Status Launch::OnNetwork() {
  Status finished = helpers_.FinishNetwork(plan_, handles_.payload);
  if (!finished.ok()) return finished;
  report_.Mark("network");
  return Arrive(Handshake::kNetwork);
}

Status Launch::Arrive(Handshake::Part part) { return handshake_.Arrive(part) ? LetGo() : Status(); }

Status Launch::LetGo() {
  // Exec sessions share the namespaces of their container.
  if (!plan_.monitor->container_dir.empty()) handles_.strays.Begin(handles_.payload);
  for (const HeaderRuntimeHook& hook : plan_.runtime_hooks) {
    Status run = RunHook(HookOf(hook), handles_.payload);
    if (!run.ok()) return run;
  }
  return SendSync(stage_.sync.get(), SyncType::kStart, handles_.payload)
             ? Status()
             : Status::Errno("container process");
}

Status Launch::Release() {
  for (const StorageOp& op : plan_.storage) {
    const auto* start = std::get_if<StoragePinStart>(&op);
    if (start == nullptr) continue;
    UniqueFd fifo(::open(start->fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!fifo.valid() || !WriteFull(fifo.get(), "s", 1)) return Status::Errno(start->fifo);
  }
  return {};
}

// --- the end of the launch ------------------------------------------------------------------------

// A group that was made for a launch that fails goes again. Of a restart nobody reads the report.
void Launch::Fail(const Status& status) {
  helpers_.KillAll(handles_.payload, stage_.pid);
  if (handshake_.owns()) {
    cgroup_.Undo(plan_);
    if (arguments_.restarts > 0) RecordFailedRestart(MonitorConfigOf(plan_), status.message());
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
  }
  handles_.first_client = std::move(arguments_.client);
  MonitorConfig config = MonitorConfigOf(plan_);
  if (plan_.cgroup && plan_.cgroup->remove) config.cgroup_path = cgroup_.path();
  config.restarts = arguments_.restarts;
  UniqueFd plan = std::move(arguments_.plan);
  if (config.may_restart()) handles_.plan_fd = std::move(plan);
  plan.reset();
  plan_ = Plan();
  return RunMonitor(config, std::move(handles_));
}

}  // namespace

int RunMain(int argc, char** argv) {
  RunArguments arguments;
  if (!ReadRunArguments(argc, argv, arguments)) return 125;
  LeaveCaller();
  Launch launch(std::move(arguments));
  Status status = launch.Run();
  DetachStdio();
  if (status.ok()) return launch.Succeed();
  launch.Fail(status);
  return 125;
}

}  // namespace bryo
