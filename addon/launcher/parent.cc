#include "launcher/parent.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <vector>

#include "launcher/children.h"
#include "launcher/container_lock.h"
#include "launcher/detach.h"
#include "launcher/id_map.h"
#include "launcher/handover.h"
#include "launcher/hooks.h"
#include "launcher/monitor_config.h"
#include "launcher/network_helper.h"
#include "launcher/payload_stdio.h"
#include "launcher/plan.h"
#include "launcher/run_arguments.h"
#include "launcher/spawn_stage.h"
#include "launcher/sync.h"
#include "launcher/udp_relay.h"
#include "monitor/cgroup.h"
#include "monitor/earlier_run.h"
#include "monitor/gate.h"
#include "monitor/monitor.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

class Launch {
 public:
  Status Run(const RunArguments& arguments);
  void ReportStarted();
  void ReportFailed(const Status& status);
  void Abort();
  int Monitor();
  bool HandsOver() const { return plan_.handover.has_value(); }
  void Leave();

 private:
  Status TakeLock();
  Status OpenStdio();
  Status OpenCgroup();
  Status OpenNotifySocket();
  Status StartStage();
  Status Serve();
  Status OnMessage(SyncMessage& message, UniqueFd fd);
  Status MapStage();
  Status MaybeStart();
  Status Release();
  void AddHelpers();
  void Mark(const char* phase);

  Plan plan_;
  MonitorHandles handles_;
  // The payload's ends of its stdio, until the stage has them.
  UniqueFd payload_stdio_[3];
  std::vector<UniqueFd> preserved_;
  UniqueFd sync_;
  pid_t stage_ = -1;
  UniqueFd stage_end_;  // readable once it has ended
  NetworkHelper network_;
  pid_t relay_ = -1;
  bool child_ready_ = false;
  bool network_ready_ = true;
  bool start_sent_ = false;
  bool created_ = false;
  bool locked_ = false;
  uint32_t failed_step_ = kNoStep;
  std::string phases_;
  UniqueFd client_;
  UniqueFd gate_;
  UniqueFd copy_;  // of this program, sealed, when there is one already
  WaitingStage waiting_;
  UniqueFd cgroup_;
  std::string cgroup_path_;
  uint32_t restarts_ = 0;
  Target target_;
};

void Launch::Mark(const char* phase) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  phases_ += std::string("phase ") + phase + " " +
             std::to_string(static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec) + "\n";
}

// Under the lock the records of an earlier run are no longer the truth, unless this start fails.
Status Launch::TakeLock() {
  Status taken = TakeContainerLock(plan_.monitor->lock_path, handles_.lock_fd);
  locked_ = taken.ok();
  if (locked_) MarkStarting(handles_.lock_fd.get(), plan_.monitor->exit_path);
  return taken;
}

Status Launch::OpenStdio() {
  PayloadStdio stdio;
  Status opened = OpenPayloadStdio(*plan_.monitor, stdio);
  for (int fd = 0; fd < 3; ++fd) payload_stdio_[fd] = std::move(stdio.payload[fd]);
  handles_.stdin_fd = std::move(stdio.ours[0]);
  handles_.stdout_fd = std::move(stdio.ours[1]);
  handles_.stderr_fd = std::move(stdio.ours[2]);
  return opened;
}

// Before anything is forked: what is forked earlier than the launcher is placed stays outside.
Status Launch::OpenCgroup() {
  if (plan_.cgroup.has_value() != gate_.valid()) return Status::Error("launch plan without gate");
  if (!plan_.cgroup) return {};
  if (!ReadGate(std::move(gate_), cgroup_path_)) return Status::Error("no control group was made");
  Mark("placed");
  cgroup_.reset(::open(cgroup_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return cgroup_.valid() ? Status() : Status::Errno(cgroup_path_);
}

// The mapped ids of root's containers may not put a process into a group of root's: the stage is in it
// already, and its child stays there.
bool EntersGroupItself() { return ::geteuid() == 0; }

Status Launch::StartStage() {
  std::vector<int> fds = {kRunPlanFd, payload_stdio_[0].get(), payload_stdio_[1].get(),
                          payload_stdio_[2].get(),
                          cgroup_.valid() && !EntersGroupItself() ? cgroup_.get() : kRunPlanFd};
  for (const UniqueFd& fd : preserved_) fds.push_back(fd.get());
  // What was started before the launcher was placed is in another control group.
  if (cgroup_.valid()) EndWaitingStage(std::move(waiting_));
  StageStart start{std::move(fds), target_, std::move(copy_), std::move(waiting_),
                   EntersGroupItself() ? cgroup_.get() : -1};
  Status started = SpawnStage(std::move(start), stage_, sync_);
  if (started.ok()) stage_end_.reset(sys::pidfd_open(stage_));
  for (UniqueFd& fd : payload_stdio_) fd.reset();
  preserved_.clear();
  cgroup_.reset();
  return started;
}

Status Launch::MapStage() {
  const HeaderUserns& map = *plan_.userns;
  Status mapped = map.helper ? MapIdsWithHelpers(stage_, map.uids, map.gids)
                             : MapIdsDirectly(stage_, map.uids, map.gids, ::geteuid() != 0);
  if (!mapped.ok()) return Status::Errno("cannot map ids: " + mapped.what(), mapped.err());
  std::string path = "/proc/" + std::to_string(stage_) + "/ns/user";
  handles_.userns_fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Mark("mapped");
  // A stage that has failed meanwhile has said why, and that is read next.
  SendSync(sync_.get(), SyncType::kMapped);
  return {};
}

Status Launch::MaybeStart() {
  // The child may be ready before the stage has told of it.
  if (handles_.payload <= 0 || !child_ready_ || !network_ready_ || start_sent_) return {};
  start_sent_ = true;
  // Exec sessions share the namespaces of their container.
  if (plan_.monitor && !plan_.monitor->container_dir.empty()) handles_.strays.Begin(handles_.payload);
  for (const HeaderRuntimeHook& hook : plan_.runtime_hooks) {
    Status run = RunHook(HookOf(hook), handles_.payload);
    if (!run.ok()) return run;
  }
  return SendSync(sync_.get(), SyncType::kStart, handles_.payload)
             ? Status()
             : Status::Errno("container process");
}

Status Launch::OnMessage(SyncMessage& message, UniqueFd fd) {
  switch (message.type) {
    case SyncType::kMapMe:
      return plan_.userns ? MapStage() : Status::Error("unexpected request");
    case SyncType::kChild:
      handles_.payload = message.number;
      Mark("cloned");
      if (plan_.network_helper) {
        network_ready_ = false;
        return network_.Start(*plan_.network_helper, handles_.payload);
      }
      return MaybeStart();
    case SyncType::kPty:
      if (plan_.handover) {
        return SendDescriptor(plan_.handover->console_socket, "/dev/ptmx", fd.get());
      }
      handles_.pty_master = std::move(fd);
      return {};
    case SyncType::kListener:
      if (!plan_.seccomp_listener) return Status::Error("unexpected listener");
      return SendDescriptor(plan_.seccomp_listener->path,
                            WithPid(plan_.seccomp_listener->state, handles_.payload), fd.get());
    case SyncType::kCreated:
      if (restarts_ > 0) return Release();  // it has been let go once and for all
      created_ = true;
      return {};
    case SyncType::kReleased:
      return {};
    case SyncType::kReady:
      child_ready_ = true;
      Mark("prepared");
      return MaybeStart();
    case SyncType::kFailed:
      failed_step_ = message.step;
      return Status::Errno(message.text, message.number);
    default:
      return Status::Error("unexpected message");
  }
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

// Until the sync socket's other ends are all closed: by exec, or by death. The stage's own death is told
// by its end alone: the child that it may have made keeps the socket and waits for a word.
Status Launch::Serve() {
  for (;;) {
    int ready_fd = network_ready_ ? -1 : network_.ready_fd();
    int ended_fd = network_ready_ ? -1 : network_.ended_fd();
    pollfd pollers[] = {{sync_.get(), POLLIN, 0}, {ready_fd, POLLIN, 0}, {ended_fd, POLLIN, 0},
                        {stage_end_.get(), POLLIN, 0}};
    if (::poll(pollers, 4, -1) < 0) continue;
    if (pollers[1].revents != 0 || pollers[2].revents != 0) {
      Status finished = network_.Finish(*plan_.network_helper);
      if (finished.ok() && plan_.udp_relay) {
        finished = StartUdpRelay(*plan_.udp_relay, handles_.payload, relay_);
      }
      if (!finished.ok()) return finished;
      network_ready_ = true;
      Mark("network");
      Status started = MaybeStart();
      if (!started.ok()) return started;
    }
    if (pollers[0].revents == 0) {
      if (pollers[3].revents == 0) continue;
      if (handles_.payload <= 0) return Status::Error("the launcher's stage was killed");
      stage_end_.reset();
      continue;
    }
    SyncMessage message{};
    UniqueFd fd;
    if (!ReceiveSync(sync_.get(), message, &fd)) {
      if (start_sent_) return {};
      return Status::Error("the launcher ended before the container was started");
    }
    Status handled = OnMessage(message, std::move(fd));
    if (!handled.ok() || created_) return handled;
  }
}

// It must be there before it is mounted into the container.
Status Launch::OpenNotifySocket() {
  if (!plan_.notify || plan_.notify->when != static_cast<uint32_t>(NotifyWhen::kPayload)) return {};
  handles_.notify_socket = BindNotifySocket(plan_.monitor->attach_dir);
  if (!handles_.notify_socket.valid()) return Status::Errno("socket for sd_notify");
  return {};
}

Status Launch::Run(const RunArguments& arguments) {
  if (arguments.has_client) client_.reset(kClientFd);
  if (arguments.has_gate) gate_.reset(arguments.gate());
  handles_.lock_fd.reset(arguments.lock);
  if (arguments.has_pod_link) handles_.pod_link_fd.reset(arguments.pod_link());
  if (arguments.has_copy) copy_.reset(arguments.copy());
  if (arguments.has_stage) waiting_ = {arguments.stage_pid, UniqueFd(arguments.stage())};
  restarts_ = arguments.restarts;
  target_ = arguments.target;
  for (int i = 0; i < arguments.preserved; ++i) {
    preserved_.emplace_back(arguments.first_preserved() + i);
  }
  Mark("launcher");
  Status status = ReadPlan(kRunPlanFd, plan_);
  if (status.ok() && plan_.preserved_fds != preserved_.size()) {
    status = Status::Error("launch plan for other descriptors");
  }
  if (status.ok()) status = TakeLock();
  if (status.ok()) status = OpenStdio();
  if (status.ok()) status = KeepProbes(plan_, handles_.health);
  if (status.ok()) status = OpenNotifySocket();
  if (status.ok()) status = OpenCgroup();
  if (status.ok()) status = StartStage();
  if (status.ok()) status = Serve();
  if (status.ok()) Mark("started");
  return status;
}

void Launch::ReportStarted() {
  std::string text = "started " + std::to_string(handles_.payload) + "\n" + phases_;
  WriteFull(kStatusFd, text.data(), text.size());
  // The caller reads to the end: it hears of the start only when the state file is there, too.
  handles_.ready_fd.reset(kStatusFd);
}

// A group that was made for a launch that fails goes again. Of a restart nobody reads the report.
void Launch::ReportFailed(const Status& status) {
  if (locked_ && gate_.valid()) ReadGate(std::move(gate_), cgroup_path_);
  if (locked_ && plan_.cgroup && plan_.cgroup->remove) RemoveCgroup(cgroup_path_);
  if (locked_ && restarts_ > 0) RecordFailedRestart(MonitorConfigOf(plan_), status.message());
  int step = failed_step_ == kNoStep ? -1 : static_cast<int>(failed_step_);
  std::string text = "failed " + std::to_string(step) + " " + std::to_string(status.err()) + " " +
                     status.what() + "\n";
  WriteFull(kStatusFd, text.data(), text.size());
  ::close(kStatusFd);
}

// Nothing may outlive a failed start: the payload's init takes its pid namespace with it, helpers
// and strays are this subreaper's children.
void Launch::Abort() {
  for (int round = 0; round < 50; ++round) {
    if (handles_.payload > 0) ::kill(handles_.payload, SIGKILL);
    if (stage_ > 0) ::kill(stage_, SIGKILL);
    AddHelpers();
    for (HelperProcess helper : handles_.helpers) ::kill(helper.pid, SIGKILL);
    handles_.helpers.clear();
    int status = 0;
    while (::waitpid(-1, &status, WNOHANG) > 0) {
    }
    if (errno == ECHILD) return;
    const timespec pause{0, 2'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

// This subreaper's children but the payload: the network helper, a FUSE daemon that the stage left
// behind. Those of an exec session are what its program leaves in the container.
void Launch::AddHelpers() {
  std::optional<std::vector<pid_t>> children = OwnChildren();
  if (!children) {
    if (network_.pid() > 0) handles_.helpers.push_back({network_.pid(), false, HelperService::kNetwork});
    if (relay_ > 0) handles_.helpers.push_back({relay_, false, HelperService::kUdpPorts});
    return;
  }
  for (pid_t pid : *children) {
    if (pid == handles_.payload || pid == stage_) continue;
    bool network = pid == network_.pid() && plan_.network_helper;
    HelperService service = network        ? HelperService::kNetwork
                            : pid == relay_ ? HelperService::kUdpPorts
                                            : HelperService::kOther;
    handles_.helpers.push_back({pid, network && !plan_.network_helper->holds_ports, service});
  }
}

int Launch::Monitor() {
  WaitFor(stage_);
  if (created_) handles_.held_fd = std::move(sync_);
  sync_.reset();
  handles_.helper_exit_fd = network_.TakeExitFd();
  if (!plan_.monitor->container_dir.empty()) AddHelpers();
  handles_.first_client = std::move(client_);
  MonitorConfig config = MonitorConfigOf(plan_);
  if (plan_.cgroup && plan_.cgroup->remove) config.cgroup_path = cgroup_path_;
  config.restarts = restarts_;
  UniqueFd plan(kRunPlanFd);
  if (config.may_restart()) handles_.plan_fd = std::move(plan);
  plan_ = Plan();
  return RunMonitor(config, std::move(handles_));
}

// The payload becomes the child of the caller's subreaper.
void Launch::Leave() {
  WaitFor(stage_);
  handles_.ready_fd.reset();
}

}  // namespace

int RunMain(int argc, char** argv) {
  RunArguments arguments = ReadRunArguments(argc, argv);
  KeepDescriptors(arguments);
  LeaveCaller();
  Launch launch;
  Status status = launch.Run(arguments);
  DetachStdio();
  if (!status.ok()) {
    launch.Abort();
    launch.ReportFailed(status);
    return 125;
  }
  launch.ReportStarted();
  if (launch.HandsOver()) {
    launch.Leave();
    return 0;
  }
  if (::chdir("/") != 0) return 125;
  return launch.Monitor();
}

}  // namespace bryo
