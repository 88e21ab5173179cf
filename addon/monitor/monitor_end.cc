// The monitor's view of its payload's changes, and its work once that has ended.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "monitor/cgroup.h"
#include "monitor/clock.h"
#include "monitor/monitor_process.h"
#include "monitor/network_link.h"
#include "monitor/removal.h"
#include "monitor/restart.h"

namespace bryo {

void Monitor::HandleSignals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    auto number = static_cast<int>(info.ssi_signo);
    if (number == SIGCHLD) {
      Reap();
    } else if (number == SIGHUP || number == SIGUSR1) {
      // Commands miss the record that is written here (src/monitor/state-file.ts).
      if (!config_.attach_dir.empty()) socket_.Bind(config_.attach_dir);
      supervision_.BindSockets();
      if (!ended_ && !held_.held()) supervision_.RereadHealth(payload_);
      WriteStateFile(config_, state_);
      LinkNetwork(link_directory(), payload_);
    } else if (!ended_) {
      input_.Signal(number);
    } else {
      // The payload is gone; whoever asks now wants the clean-up done, not a slow reader served.
      clients_.DropBehind();
      output_.HurryUp();
    }
  }
}

void Monitor::Reap() {
  LostService lost = LostService::kNone;
  for (;;) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid == payload_) PayloadEnded(status);
    if (pid > 0) {
      if (!relay_.Ended(pid)) lost = std::max(lost, helpers_.ServiceOf(pid));
      helpers_.Forget(pid);
      continue;
    }
    // No child left although the payload was never seen to end: its status is lost for ever.
    if (pid < 0 && errno == ECHILD && !ended_) {
      ended_ = true;
      input_.PayloadEnded();
      output_.PayloadEnded();
    }
    // A helper may end because the payload has, and be found first.
    if (!ended_ && RecordLoss(config_, state_, lost)) supervision_.NetworkLost();
    return;
  }
}

void Monitor::HandleRelay() {
  switch (relay_.HandleReport()) {
    case RelayKeeper::Told::kRelays:
      RecordReturn(config_, state_, LostService::kPorts);
      break;
    case RelayKeeper::Told::kFailed:
      if (state_.lost != LostService::kNone) break;
      if (RecordLoss(config_, state_, LostService::kPorts)) supervision_.NetworkLost();
      break;
  }
}

void Monitor::KeepRelay(int64_t now) {
  pid_t relay = relay_.HandleDeadline(now, payload_);
  if (relay > 0) helpers_.Add({relay, false, LostService::kPorts});
}

void Monitor::PayloadEnded(int wait_status) {
  ended_ = true;
  exit_known_ = true;
  ending_.Ended();
  input_.PayloadEnded();
  output_.PayloadEnded();
  exit_ = MakeExitFile(wait_status, ending_.timed_out());
  exit_.restarting = ending_.WantsRestart(exit_);
  exit_.oom_killed = HadOutOfMemoryKill(config_.cgroup_path);
  supervision_.PayloadEnded(&exit_);
  helpers_.Terminate();
  for (int round = 0; round < 16 && output_.Read(); ++round) continue;
  // Not after the whole drain: a client that reads slowly must not make the container look alive.
  if (!config_.exit_path.empty()) {
    exit_written_ = WriteExitFile(config_, exit_);
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
  exit_.lost_log_bytes = static_cast<int64_t>(log_.lost_bytes());
  bool again = !exit_written_ || exit_.lost_log_bytes > 0;
  if (exit_known_ && again && !config_.exit_path.empty()) {
    exit_written_ = WriteExitFile(config_, exit_);
  }
  socket_.Unlink();
  UnlinkNetwork(link_directory());
  if (exit_known_) clients_.Finish(static_cast<int>(exit_.exit_code));
  if (exit_.restarting) Restart();
  lock_.reset();
  helpers_.AwaitAll();
  // The status is for systemd and for a caller to go by.
  if (exit_known_ && (awaited_ || config_.notify.enabled())) {
    return static_cast<int>(exit_.exit_code);
  }
  return removed && exit_known_ ? 0 : 1;
}

// Returns when it has been given up.
void Monitor::Restart() {
  helpers_.AwaitAll();
  int64_t ran = MonotonicNow() - started_at_;
  if (AwaitRestart(config_, signals_.get(), RestartDelay(config_.restarts, ran))) {
    supervision_.Restarting();
    exit_.restart_error = Relaunch(config_, {plan_.get(), lock_.get(), pod_link_.get(),
                                             bridges_.handles(), published_})
                              .message();
  }
  exit_.restarting = false;
  WriteExitFile(config_, exit_);
  RemoveCgroup(config_.cgroup_path);
  supervision_.Finished(RemovePaths(config_, userns_.get()) && !config_.remove_paths.empty());
}

}  // namespace bryo
