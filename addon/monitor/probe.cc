#include "monitor/probe.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "monitor/exec_launcher.h"
#include "monitor/gate.h"
#include "monitor/protocol.h"
#include "sys/descriptors.h"

namespace bryo {
namespace {

// A probe's own launcher kills it when its time is over; one that hangs even so is killed itself.
constexpr int64_t kHangGrace = 3000 * kMillisecond;
constexpr int kCannotRun = 125;
constexpr int kNotFound = 127;
constexpr int kNotExecutable = 126;

std::string DurationText(int64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof(text), "%gs",
                static_cast<double>(nanoseconds) / (1000.0 * kMillisecond));
  return text;
}

}  // namespace

bool Probe::Start(int plan, const Target& target, const std::string& cgroup, int64_t timeout,
                  size_t output_limit) {
  output_.clear();
  output_limit_ = output_limit;
  exited_ = false;
  timeout_ = timeout;
  started_ = MonotonicNow();
  deadline_ = started_ + timeout + kHangGrace;
  bool started = Spawn(plan, target, cgroup);
  if (!started) Abort();
  return started;
}

bool Probe::Spawn(int plan, const Target& target, const std::string& cgroup) {
  UniqueFd theirs;
  if (!SeqpacketPair(connection_, theirs)) return false;
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) return false;
  status_.reset(pipe[0]);
  UniqueFd status(pipe[1]);
  UniqueFd gate;
  LauncherCall call;
  call.Say("--target");
  call.Say(target.Text());
  call.Give(LauncherFd::kPlan, plan);
  call.Give(LauncherFd::kStatus, status.get());
  call.Give(LauncherFd::kClient, theirs.get());
  if (!cgroup.empty()) {
    gate = MakeGate(cgroup);
    call.Give(LauncherFd::kGate, gate.get());
  }
  launcher_ = ::fork();
  if (launcher_ == 0) {
    call.Exec();
    ::_exit(kCannotRun);
  }
  return launcher_ > 0;
}

bool Probe::Receive(ProbeResult& result) {
  static char message[1 + kMaxMessage];
  for (;;) {
    ssize_t size = ::recv(connection_.get(), message, sizeof(message), MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return false;
    if (size <= 0) break;
    auto bytes = static_cast<size_t>(size) - 1;
    if (message[0] == kStdout || message[0] == kStderr) {
      output_.append(message + 1, std::min(bytes, output_limit_ - output_.size()));
    } else if (message[0] == kExit && bytes == 4) {
      exited_ = true;
      exit_code_ = static_cast<int>(GetLittle(message + 1, 4));
    }
  }
  Close(result);
  return true;
}

bool Probe::Expire(int64_t now, ProbeResult& result) {
  if (now < Deadline()) return false;
  if (launcher_ > 0) ::kill(launcher_, SIGKILL);
  Close(result);
  return true;
}

void Probe::Abort() {
  // The payload dies with its launcher (PR_SET_PDEATHSIG), and both are children of this process to
  // reap.
  if (launcher_ > 0) ::kill(launcher_, SIGKILL);
  launcher_ = -1;
  connection_.reset();
  status_.reset();
}

// Why no command was run at all, as the launcher has told it: "failed STEP ERRNO TEXT".
std::string Probe::LaunchFailure() {
  char text[1024];
  ssize_t size = -1;
  if (status_.valid()) {
    ::fcntl(status_.get(), F_SETFL, O_RDONLY | O_NONBLOCK);
    size = ::read(status_.get(), text, sizeof(text) - 1);
  }
  exit_code_ = kCannotRun;
  if (size <= 0) return "the probe could not be started";
  text[size] = '\0';
  int err = 0;
  int at = 0;
  if (std::sscanf(text, "failed %*d %d %n", &err, &at) < 1 || at == 0) {
    return "the probe ended without a word";
  }
  if (err == ENOENT || err == ENOTDIR) exit_code_ = kNotFound;
  if (err == EACCES || err == ENOEXEC || err == EISDIR) exit_code_ = kNotExecutable;
  std::string what(text + at);
  while (!what.empty() && what.back() == '\n') what.pop_back();
  return err == 0 ? what : what + ": " + std::strerror(err);
}

void Probe::Close(ProbeResult& result) {
  std::string failure = exited_ ? std::string() : LaunchFailure();
  result.exit_code = exit_code_;
  result.output = exited_ ? std::move(output_) : std::move(failure);
  if (MonotonicNow() - started_ >= timeout_) {
    result.exit_code = -1;
    result.output = "the probe took longer than " + DurationText(timeout_);
  }
  output_ = std::string();
  launcher_ = -1;
  connection_.reset();
  status_.reset();
}

}  // namespace bryo
