#include "monitor/records.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>

#include "monitor/clock.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/remove_tree.h"

namespace bryo {

bool ReplaceRecord(const std::string& path, const std::string& content, bool sync) {
  struct stat st {};
  bool is_directory = ::lstat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode);
  if (is_directory && !RemoveTree(AT_FDCWD, path.c_str()).ok()) return false;
  return ReplaceFile(path, content, sync);
}

bool ReplaceFile(const std::string& path, const std::string& content, bool sync) {
  std::string temporary = path + "." + std::to_string(::getpid());
  ::unlink(temporary.c_str());
  UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return false;
  bool written = WriteFull(file.get(), content.data(), content.size());
  if (written && sync) written = ::fsync(file.get()) == 0;
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    ::unlink(temporary.c_str());
    return false;
  }
  if (!sync) return true;
  size_t slash = path.rfind('/');
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  UniqueFd dir(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return dir.valid() && ::fsync(dir.get()) == 0;
}

namespace {

// The id of this boot, so that a pid of an earlier one is never taken for a live process.
std::string BootId() {
  UniqueFd file(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file.valid() || !ReadAll(file.get(), 256, text)) return {};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string Now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return TimeText(now);
}

int64_t StartTicks(pid_t pid) { return static_cast<int64_t>(ProcessStartTicks(pid)); }

// As podman's: the payload has no status of its own to speak of.
constexpr int kTimedOut = 255;
constexpr int kSignaled = 128;

}  // namespace

StateFile MakeStateFile(const MonitorConfig& config, RunStatus status, pid_t payload,
                        const StateFile& before) {
  StateFile state = before;
  state.status = status;
  state.boot_id = BootId();
  state.monitor_pid = ::getpid();
  state.monitor_start = StartTicks(::getpid());
  state.pid = payload;
  state.pid_start = StartTicks(payload);
  state.started_at = Now();
  state.restarts = config.restarts;
  state.cgroup = config.cgroup_path;
  state.keeps_plan = config.may_restart();
  return state;
}

bool WriteStateFile(const MonitorConfig& config, const StateFile& state) {
  if (config.state_path.empty()) return true;
  return ReplaceRecord(config.state_path, state.Json() + "\n", false);
}

bool RecordLoss(const MonitorConfig& config, StateFile& state, LostService lost) {
  if (lost == LostService::kNone) return false;
  state.lost = std::max(state.lost, lost);
  WriteStateFile(config, state);
  return true;
}

bool RecordReturn(const MonitorConfig& config, StateFile& state, LostService lost) {
  if (state.lost != lost) return false;
  state.lost = LostService::kNone;
  WriteStateFile(config, state);
  return true;
}

ExitFile MakeExitFile(int wait_status, bool timed_out) {
  ExitFile exit;
  exit.exited_at = Now();
  if (!WIFSIGNALED(wait_status)) {
    exit.exit_code = WEXITSTATUS(wait_status);
    return exit;
  }
  exit.signal = WTERMSIG(wait_status);
  bool in_time = !timed_out || exit.signal != SIGKILL;
  exit.cause = in_time ? EndCause::kSignaled : EndCause::kTimeout;
  exit.exit_code = in_time ? kSignaled + exit.signal : kTimedOut;
  return exit;
}

bool WriteExitFile(const MonitorConfig& config, const ExitFile& exit) {
  if (config.exit_path.empty()) return true;
  return ReplaceRecord(config.exit_path, exit.Json() + "\n", config.sync_exit_record);
}

}  // namespace bryo
