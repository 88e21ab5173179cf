#include "monitor/records.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "monitor/clock.h"
#include "monitor/json_text.h"
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

}  // namespace

RunState WriteStateRecord(const MonitorConfig& config, RunStatus status, pid_t payload,
                          const RunState& before) {
  RunState state{status, payload, ProcessStartTicks(payload), {}, before.strays, before.lost};
  ::clock_gettime(CLOCK_REALTIME, &state.since);
  RewriteStateRecord(config, state);
  return state;
}

bool RewriteStateRecord(const MonitorConfig& config, const RunState& state) {
  if (config.state_path.empty()) return true;
  char text[512];
  pid_t self = ::getpid();
  std::snprintf(text, sizeof(text),
                "{\"version\":1,\"status\":\"%s\",\"bootId\":\"%s\",\"monitorPid\":%d,"
                "\"monitorStart\":%llu,\"pid\":%d,\"pidStart\":%llu,\"startedAt\":\"%s\","
                "\"restarts\":%u,",
                state.status == RunStatus::kRunning ? "running" : "initialized", BootId().c_str(),
                self, ProcessStartTicks(self), state.payload, state.payload_start,
                TimeText(state.since).c_str(), config.restarts);
  std::string record = std::string(text) + "\"cgroup\":";
  AppendJsonText(record, config.cgroup_path);
  if (state.strays.mounts != 0) {
    record += ",\"strays\":{\"mounts\":" + std::to_string(state.strays.mounts) +
              ",\"user\":" + std::to_string(state.strays.user) + "}";
  }
  if (state.lost == HelperService::kNetwork) record += ",\"lost\":\"network\"";
  if (state.lost == HelperService::kUdpPorts) record += ",\"lost\":\"udp\"";
  return ReplaceRecord(config.state_path, record + "}\n", false);
}

bool RecordLoss(const MonitorConfig& config, RunState& state, HelperService lost) {
  if (lost == HelperService::kOther) return false;
  state.lost = std::max(state.lost, lost);
  RewriteStateRecord(config, state);
  return true;
}

// As podman's: the payload has no status of its own to speak of.
constexpr int kTimedOut = 255;

ExitRecord MakeExitRecord(int wait_status, bool timed_out) {
  ExitRecord record;
  if (WIFSIGNALED(wait_status)) {
    record.signal = WTERMSIG(wait_status);
    record.timed_out = timed_out && record.signal == SIGKILL;
    record.exit_code = record.timed_out ? kTimedOut : 128 + record.signal;
  } else {
    record.exit_code = WEXITSTATUS(wait_status);
  }
  ::clock_gettime(CLOCK_REALTIME, &record.time);
  return record;
}

bool WriteExitRecord(const std::string& path, const ExitRecord& record, bool sync) {
  const char* cause = record.timed_out ? "timeout" : record.signal != 0 ? "signaled" : "exited";
  char lost[64] = "";
  if (record.lost_log_bytes > 0) {
    std::snprintf(lost, sizeof(lost), ",\"lostLogBytes\":%" PRIu64, record.lost_log_bytes);
  }
  char text[256];
  std::snprintf(text, sizeof(text),
                "{\"version\":1,\"exitCode\":%d,\"signal\":%d,\"cause\":\"%s\","
                "\"exitedAt\":\"%s\"%s%s%s",
                record.exit_code, record.signal, cause, TimeText(record.time).c_str(),
                record.oom_killed ? ",\"oomKilled\":true" : "",
                record.restarting ? ",\"restarting\":true" : "", lost);
  std::string whole = text;
  if (!record.restart_error.empty()) {
    whole += ",\"restartError\":";
    AppendJsonText(whole, record.restart_error);
  }
  return ReplaceRecord(path, whole + "}\n", sync);
}

}  // namespace bryo
