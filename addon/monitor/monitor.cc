#include "monitor/monitor.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "monitor/clock.h"
#include "monitor/earlier_run.h"
#include "monitor/monitor_process.h"
#include "monitor/network_link.h"
#include "monitor/pod_link.h"
#include "monitor/poll_set.h"
#include "monitor/protect.h"

namespace bryo {

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
      caller_(std::move(handles.caller)),
      held_(std::move(handles.held_fd)),
      input_(handles.payload, std::move(handles.stdin_fd), handles.pty_master.get()),
      clients_(input_, MakeClientLimits(config), {config.stdin_open, config.stdin_once}),
      output_(input_, clients_, log_, handles),
      helpers_(handles.helpers),
      supervision_(config, std::move(handles.health), std::move(handles.notify_socket)),
      ending_(config, input_),
      strays_(std::move(handles.strays)),
      bridges_(config.bridges, std::move(handles.bridges)),
      published_(std::move(handles.published)),
      relay_(std::move(handles.relay), published_),
      awaited_(caller_.valid()) {}

bool Monitor::Protect() {
  signals_.reset(MakeSignalDescriptor());
  if (!signals_.valid()) return false;
  std::vector<int> keep = {first_client_.get(), lock_.get(),    userns_.get(), ready_.get(),
                           helper_exit_.get(),  signals_.get(), input_.fd(),   plan_.get(),
                           pod_link_.get(),     held_.fd(),     strays_.fd(),  caller_.get()};
  output_.ListDescriptors(keep);
  helpers_.ListDescriptors(keep);
  bridges_.ListDescriptors(keep);
  relay_.ListDescriptors(keep);
  for (const UniqueFd& fd : published_) keep.push_back(fd.get());
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
  // A payload that has joined a user namespace cannot be looked at before its program runs.
  if (!config_.container_dir.empty() && strays_.fd() < 0) strays_.Begin(payload_);
  state_.strays = strays_.marks();
  if (held_.held()) {
    WriteState(RunStatus::kInitialized);
  } else {
    PayloadStarted();
  }
  bridges_.Begin();
  UnmarkStarting(lock_.get());
  if (ready_.valid() && ::write(ready_.get(), "m", 1) < 0) errno = 0;  // nobody waits any more
  ready_.reset();
}

void Monitor::WriteState(RunStatus status) {
  state_ = MakeStateFile(config_, status, payload_, state_);
  WriteStateFile(config_, state_);
  LinkNetwork(link_directory(), payload_);
}

void Monitor::PayloadStarted() {
  started_at_ = MonotonicNow();
  WriteState(RunStatus::kRunning);
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

int64_t Monitor::NextDeadline() const {
  return std::min({ending_.Deadline(), clients_.Deadline(), supervision_.Deadline(),
                   output_.Deadline(), bridges_.Deadline(),
                   ended_ ? kNoDeadline : relay_.Deadline()});
}

void Monitor::HandleDeadlines() {
  int64_t now = MonotonicNow();
  supervision_.HandleDeadline(now);
  ending_.HandleDeadline(now);
  bridges_.HandleDeadline(now);
  if (!ended_) KeepRelay(now);
  clients_.DropStalled(now);
  output_.HandleDeadline(now);
}

void Monitor::Loop() {
  while (!output_.drained()) {
    PollSet set;
    set.Add(signals_.get(), POLLIN);
    set.listener = set.Add(socket_.fd(), POLLIN);
    set.input = set.Add(clients_.wants_input_writable() ? input_.fd() : -1, POLLOUT);
    for (const OutputStream& stream : output_.streams()) {
      set.Add(output_.CanRead(stream) ? stream.fd() : -1, POLLIN);
    }
    set.pod_link = set.Add(config_.pod_holder && !ended_ ? pod_link_.get() : -1, 0);
    set.held = set.Add(held_.fd(), POLLIN);
    set.caller = set.Add(ended_ ? -1 : caller_.get(), 0);
    set.bridges = set.Add(bridges_.fd(), POLLIN);
    set.relay = set.Add(ended_ ? -1 : relay_.fd(), POLLIN);
    set.supervision_at = set.count;
    supervision_.FillPoll(set.entries + set.count);
    set.count += Supervision::kPollEntries;
    set.clients_at = set.count;
    set.clients = clients_.FillPoll(set.entries + set.count);
    int ready =
        ::poll(set.entries, set.count + set.clients, PollTimeout(MonotonicNow(), NextDeadline()));
    if (ready < 0 && errno != EINTR) return;
    if (ready > 0) {
      if (set.entries[0].revents != 0) HandleSignals();
      if (set.entries[set.pod_link].revents != 0) {
        pod_link_.reset();  // the last container of the pod has ended
        input_.Signal(SIGTERM);
      }
      if (set.entries[set.caller].revents != 0) {
        caller_.reset();  // nobody waits for the payload any more
        input_.KillGroup();
      }
      if (set.entries[set.bridges].revents != 0) bridges_.HolderEnded();
      if (set.entries[set.relay].revents != 0) HandleRelay();
      if (set.entries[set.input].revents != 0) clients_.InputWritable();
      clients_.HandlePoll(set.entries + set.clients_at, set.clients);
      supervision_.HandlePoll(set.entries + set.supervision_at);
      // Clients that came before the payload was let go see its output from the first byte on.
      bool told = set.entries[set.held].revents != 0;
      if (told || set.entries[set.listener].revents != 0) AcceptClient();
      if (told && held_.TakeRelease()) PayloadStarted();
    }
    if (!held_.held()) output_.Read();
    HandleDeadlines();
    if (!ended_) ending_.Request(supervision_.TakeAction(), supervision_.health(), MonotonicNow());
  }
}

int RunMonitor(const MonitorConfig& config, MonitorHandles handles) {
  OccupyStandardStreams();
  return Monitor(config, std::move(handles)).Run();
}

}  // namespace bryo
