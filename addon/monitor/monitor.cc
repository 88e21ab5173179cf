#include "monitor/monitor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "monitor/attach_socket.h"
#include "monitor/cgroup.h"
#include "monitor/clients.h"
#include "monitor/clock.h"
#include "monitor/earlier_run.h"
#include "monitor/ending.h"
#include "monitor/held_start.h"
#include "monitor/helpers.h"
#include "monitor/output_log.h"
#include "monitor/payload_input.h"
#include "monitor/payload_output.h"
#include "monitor/pod_link.h"
#include "monitor/poll_set.h"
#include "monitor/protect.h"
#include "monitor/protocol.h"
#include "monitor/records.h"
#include "monitor/removal.h"
#include "monitor/restart.h"
#include "monitor/strays.h"
#include "monitor/supervision.h"

namespace bryo {
namespace {

constexpr size_t kReadSize = 65536;
char g_read[kReadSize];

// Once the payload has ended and a stream is empty, all that it wrote has been read. Where another
// process still holds the stream open, that one's output is taken for this much longer.
constexpr int64_t kStrayGrace = 100 * kMillisecond;
// No stream holds more than this that the payload itself wrote.
constexpr size_t kStreamCapacity = 1048576;

class Monitor {
 public:
  Monitor(const MonitorConfig& config, MonitorHandles handles);
  int Run();

 private:
  bool Protect();
  void Announce();
  void PayloadStarted();
  void AcceptClient();
  void Loop();
  int64_t NextDeadline() const;
  void HandleDeadlines();
  void HandleSignals();
  void Reap();
  void PayloadEnded(int wait_status);
  bool ReadOutput();
  bool ReadOne(OutputStream& stream);
  void CloseStream(OutputStream& stream);
  bool Drained() const;
  int Finish();
  void Restart();

  const MonitorConfig& config_;
  pid_t payload_;
  UniqueFd first_client_;
  UniqueFd lock_;
  UniqueFd userns_;
  UniqueFd ready_;
  UniqueFd helper_exit_;
  UniqueFd plan_;
  UniqueFd pod_link_;
  UniqueFd signals_;
  HeldStart held_;
  OutputStream outputs_[2];
  PayloadInput input_;
  Clients clients_;
  Helpers helpers_;
  Supervision supervision_;
  Ending ending_;
  Strays strays_;
  AttachSocket socket_;
  OutputLog log_;
  ExitRecord exit_;
  bool ended_ = false;
  bool exit_known_ = false;
  bool exit_written_ = false;
  int64_t started_at_ = 0;
  RunState state_;
  int64_t strays_until_ = kNever;  // set when the payload has ended
  size_t read_after_end_ = 0;
};

Monitor::Monitor(const MonitorConfig& config, MonitorHandles handles)
    : config_(config),
      payload_(handles.payload),
      first_client_(std::move(handles.first_client)),
      lock_(std::move(handles.lock_fd)),
      userns_(std::move(handles.userns_fd)),
      ready_(std::move(handles.ready_fd)),
      helper_exit_(std::move(handles.helper_exit_fd)),
      plan_(std::move(handles.plan_fd)),
      pod_link_(std::move(handles.pod_link_fd)),
      held_(std::move(handles.held_fd)),
      input_(handles.payload, std::move(handles.stdin_fd), handles.pty_master.get()),
      clients_(input_, MakeClientLimits(config), {config.stdin_open, config.stdin_once}),
      helpers_(handles.helpers),
      supervision_(config, std::move(handles.health), std::move(handles.notify_socket)),
      ending_(config, input_),
      strays_(std::move(handles.strays)) {
  TakeOutputs(outputs_, std::move(handles.pty_master), std::move(handles.stdout_fd),
              std::move(handles.stderr_fd));
}

bool Monitor::Protect() {
  signals_.reset(MakeSignalDescriptor());
  if (!signals_.valid()) return false;
  std::vector<int> keep = {first_client_.get(), lock_.get(),  userns_.get(), ready_.get(),
                           helper_exit_.get(),  signals_.get(), input_.fd(),   outputs_[0].fd(),
                           outputs_[1].fd(),    plan_.get(), pod_link_.get(), held_.fd(),
                           strays_.fd()};
  helpers_.ListDescriptors(keep);
  supervision_.ListDescriptors(keep);
  // A restart runs the setuid id helpers again, and what it or a probe starts must not inherit the
  // flag.
  bool starts_more = config_.may_restart() || config_.health.enabled();
  ProtectMonitor(std::move(keep), !starts_more);
  if (lock_.valid()) {
    // Closing any other descriptor of the file has released the lock (fcntl(2)): take it again.
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    ::fcntl(lock_.get(), F_SETLK, &lock);
  }
  return true;
}

void Monitor::Announce() {
  ForgetEarlierRun(config_);
  if (!config_.attach_dir.empty()) socket_.Bind(config_.attach_dir);
  log_.Configure(config_);
  if (!pod_link_.valid()) pod_link_ = OpenPodLink(config_.pod_link, config_.pod_holder);
  if (first_client_.valid()) {
    clients_.Add(std::move(first_client_), true);
  } else if (!config_.stdin_open) {
    input_.ClosePipe();
  }
  supervision_.PayloadMade(payload_);
  // One that has joined a user namespace cannot be looked at before its program runs.
  if (!config_.container_dir.empty() && strays_.fd() < 0) strays_.Begin(payload_);
  state_.strays = strays_.marks();
  if (held_.held()) {
    state_ = WriteStateRecord(config_, RunStatus::kInitialized, payload_, state_);
  } else {
    PayloadStarted();
  }
  UnmarkStarting(lock_.get());
  if (ready_.valid() && ::write(ready_.get(), "m", 1) < 0) errno = 0;  // nobody waits any more
  ready_.reset();
}

void Monitor::PayloadStarted() {
  started_at_ = MonotonicNow();
  state_ = WriteStateRecord(config_, RunStatus::kRunning, payload_, state_);
  supervision_.PayloadStarted(payload_);
  ending_.Begin(started_at_);
}

void Monitor::AcceptClient() {
  UniqueFd peer = socket_.Accept();
  if (peer.valid()) clients_.Add(std::move(peer), false);
}

int Monitor::Run() {
  if (!Protect()) return 1;
  Announce();
  Reap();  // it may have ended before its end could be signalled here
  if (!ended_) ReleaseStartupMemory();
  Loop();
  return Finish();
}

bool Monitor::Drained() const {
  return ended_ && !outputs_[0].open() && !outputs_[1].open() && !clients_.busy();
}

int64_t Monitor::NextDeadline() const {
  int64_t deadline = std::min({ending_.Deadline(), clients_.Deadline(), supervision_.Deadline()});
  if (clients_.busy()) return deadline;
  for (const OutputStream& stream : outputs_) deadline = std::min(deadline, stream.retry_at());
  return std::min(deadline, strays_until_);
}

void Monitor::HandleDeadlines() {
  int64_t now = MonotonicNow();
  supervision_.HandleDeadline(now);
  ending_.HandleDeadline(now);
  clients_.DropStalled(now);
  for (OutputStream& stream : outputs_) {
    if (now >= stream.retry_at()) stream.RetryNow();
  }
}

void Monitor::Loop() {
  while (!Drained()) {
    PollSet set;
    set.Add(signals_.get(), POLLIN);
    set.listener = set.Add(socket_.fd(), POLLIN);
    set.input = set.Add(clients_.wants_input_writable() ? input_.fd() : -1, POLLOUT);
    for (const OutputStream& stream : outputs_) {
      bool readable = stream.open() && !clients_.busy() && stream.retry_at() == kNever;
      set.Add(readable ? stream.fd() : -1, POLLIN);
    }
    set.pod_link = set.Add(config_.pod_holder && !ended_ ? pod_link_.get() : -1, 0);
    set.held = set.Add(held_.fd(), POLLIN);
    set.supervision_at = set.count;
    supervision_.FillPoll(set.entries + set.count);
    set.count += Supervision::kPollEntries;
    set.clients_at = set.count;
    set.clients = clients_.FillPoll(set.entries + set.count);
    int ready = ::poll(set.entries, set.count + set.clients,
                       PollTimeout(MonotonicNow(), NextDeadline()));
    if (ready < 0 && errno != EINTR) return;
    if (ready > 0) {
      if (set.entries[0].revents != 0) HandleSignals();
      if (set.entries[set.pod_link].revents != 0) {
        pod_link_.reset();  // the last container of the pod has ended
        input_.Signal(SIGTERM);
      }
      if (set.entries[set.input].revents != 0) clients_.InputWritable();
      clients_.HandlePoll(set.entries + set.clients_at, set.clients);
      supervision_.HandlePoll(set.entries + set.supervision_at);
      // Who came before the payload was let go sees its output from the first byte on.
      bool told = set.entries[set.held].revents != 0;
      if (told || set.entries[set.listener].revents != 0) AcceptClient();
      if (told && held_.TakeRelease()) PayloadStarted();
    }
    if (!held_.held()) ReadOutput();
    HandleDeadlines();
    if (!ended_) ending_.Request(supervision_.TakeAction(), MonotonicNow());
  }
}

void Monitor::CloseStream(OutputStream& stream) {
  if (stream.fd() == input_.fd()) input_.TerminalClosed();
  stream.Close();
}

bool Monitor::ReadOne(OutputStream& stream) {
  if (!stream.open() || clients_.busy() || stream.retry_at() != kNever) return false;
  size_t size = 0;
  OutputStream::Result result = stream.Read(g_read, kReadSize, !ended_, size);
  bool overdue = ended_ && MonotonicNow() >= strays_until_;
  if (result == OutputStream::Result::kEnd ||
      (overdue && (result == OutputStream::Result::kNothing || read_after_end_ > kStreamCapacity))) {
    CloseStream(stream);
    return false;
  }
  if (result == OutputStream::Result::kNothing) return false;
  if (ended_) read_after_end_ += size;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  log_.Write(stream.name(), g_read, size, now);
  clients_.Send(stream.type(), g_read, size);
  return true;
}

// A few rounds before the next poll: both streams in turn, so that neither starves the other.
bool Monitor::ReadOutput() {
  bool any = false;
  for (int round = 0; round < 4; ++round) {
    bool first = ReadOne(outputs_[0]);
    bool second = ReadOne(outputs_[1]);
    if (!first && !second) break;
    any = true;
  }
  return any;
}

// --- signals and the payload's end ------------------------------------------------------------

void Monitor::HandleSignals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD) {
      Reap();
    } else if (number == SIGHUP || number == SIGUSR1) {
      // Somebody misses what is written here (src/monitor/state-file.ts).
      if (!config_.attach_dir.empty()) socket_.Bind(config_.attach_dir);
      supervision_.BindSockets();
      RewriteStateRecord(config_, state_);
    } else if (!ended_) {
      input_.Signal(number);
    } else {
      // The payload is gone; whoever asks now wants the clean-up done, not a slow reader served.
      clients_.DropBehind();
      strays_until_ = 0;
    }
  }
}

void Monitor::Reap() {
  HelperService lost = HelperService::kOther;
  for (;;) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid == payload_) PayloadEnded(status);
    if (pid > 0) {
      lost = std::max(lost, helpers_.ServiceOf(pid));
      continue;
    }
    // No child left although the payload was never seen to end: its status is lost for ever.
    if (pid < 0 && errno == ECHILD && !ended_) {
      ended_ = true;
      input_.PayloadEnded();
      strays_until_ = MonotonicNow() + kStrayGrace;
    }
    // A helper may end because the payload has, and be found first.
    if (!ended_ && RecordLoss(config_, state_, lost)) supervision_.NetworkLost();
    return;
  }
}

void Monitor::PayloadEnded(int wait_status) {
  ended_ = true;
  exit_known_ = true;
  ending_.Ended();
  input_.PayloadEnded();
  exit_ = MakeExitRecord(wait_status, ending_.timed_out());
  exit_.restarting = ending_.WantsRestart(exit_);
  exit_.oom_killed = HadOutOfMemoryKill(config_.cgroup_path);
  supervision_.PayloadEnded(&exit_);
  helpers_.Terminate();
  strays_until_ = MonotonicNow() + kStrayGrace;
  for (OutputStream& stream : outputs_) stream.RetryNow();
  for (int round = 0; round < 16 && ReadOutput(); ++round) continue;
  // Not after the whole drain: a client that reads slowly must not make the container look alive.
  if (!config_.exit_path.empty()) {
    exit_written_ = WriteExitRecord(config_.exit_path, exit_, config_.sync_exit_record);
  }
}

int Monitor::Finish() {
  if (!exit_known_) {
    helpers_.Terminate();
    supervision_.PayloadEnded(nullptr);
  }
  if (ended_) strays_.Kill(helpers_.pids());
  helpers_.AwaitNeeded();
  if (exit_.restarting) {
    EmptyCgroup(config_.cgroup_path);
  } else {
    RemoveCgroup(config_.cgroup_path);
  }
  bool removed = exit_.restarting || RemovePaths(config_, userns_.get());
  if (!exit_.restarting) supervision_.Finished(removed && !config_.remove_paths.empty());
  exit_.lost_log_bytes = log_.lost_bytes();
  bool again = !exit_written_ || exit_.lost_log_bytes > 0;
  if (exit_known_ && again && !config_.exit_path.empty()) {
    exit_written_ = WriteExitRecord(config_.exit_path, exit_, config_.sync_exit_record);
  }
  socket_.Unlink();
  if (exit_known_) clients_.Finish(exit_.exit_code);
  if (exit_.restarting) Restart();
  lock_.reset();
  helpers_.AwaitAll();
  if (exit_known_ && config_.notify.enabled()) return exit_.exit_code;  // what systemd goes by
  return removed && exit_known_ ? 0 : 1;
}

// Returns when it has been given up.
void Monitor::Restart() {
  helpers_.AwaitAll();
  int64_t ran = MonotonicNow() - started_at_;
  if (AwaitRestart(config_, signals_.get(), RestartDelay(config_.restarts, ran))) {
    supervision_.Restarting();
    exit_.restart_error = Relaunch(config_, {plan_.get(), lock_.get(), pod_link_.get()}).message();
  }
  exit_.restarting = false;
  WriteExitRecord(config_.exit_path, exit_, config_.sync_exit_record);
  RemoveCgroup(config_.cgroup_path);
  supervision_.Finished(RemovePaths(config_, userns_.get()) && !config_.remove_paths.empty());
}

}  // namespace

int RunMonitor(const MonitorConfig& config, MonitorHandles handles) {
  OccupyStandardStreams();
  return Monitor(config, std::move(handles)).Run();
}

}  // namespace bryo
