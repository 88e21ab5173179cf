#include "monitor/earlier_run.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "monitor/json_text.h"
#include "monitor/records.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr size_t kMaxRecord = 65536;
// As ExitFile writes it (records.gen.h).
constexpr std::string_view kRestarting = ",\"restarting\":true";

}  // namespace

void MarkStarting(int lock, const std::string& exit_path) {
  if (lock < 0 || ::access(exit_path.c_str(), F_OK) != 0) return;
  std::string pid = std::to_string(::getpid()) + "\n";
  // Where the disk is full it looks for a moment as if nobody had begun.
  if (::ftruncate(lock, 0) != 0 ||
      ::pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    errno = 0;
  }
}

void ForgetEarlierRun(const MonitorConfig& config) {
  if (!config.state_path.empty()) ::unlink(config.state_path.c_str());
  if (!config.exit_path.empty()) ::unlink(config.exit_path.c_str());
}

void UnmarkStarting(int lock) {
  struct stat st {};
  if (lock < 0 || ::fstat(lock, &st) != 0 || st.st_size == 0) return;
  if (::ftruncate(lock, 0) != 0) errno = 0;
}

void RecordFailedRestart(const HeaderMonitor& config, std::string_view reason) {
  UniqueFd file(::open(config.exit_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::string text;
  if (!file.valid() || !ReadAll(file.get(), kMaxRecord, text)) return;
  size_t end = text.rfind('}');
  if (end == std::string::npos) return;
  text.resize(end);
  size_t restarting = text.find(kRestarting);
  if (restarting != std::string::npos) text.erase(restarting, kRestarting.size());
  text += ",\"restartError\":";
  AppendJsonText(text, reason);
  ReplaceFile(config.exit_path, text + "}\n", config.sync_exit_record);
}

}  // namespace bryo
