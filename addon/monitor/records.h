// The two small files that tell the rest of bryo about a container's run.
#pragma once

#include <sys/types.h>

#include <ctime>

#include <cstdint>
#include <string>

#include "monitor/monitor.h"
#include "monitor/strays.h"

namespace bryo {

// Replaces a file by rename, so that readers see the old or the new content; `sync` makes it survive
// a power cut (fsync of the file and its directory).
bool ReplaceFile(const std::string& path, const std::string& content, bool sync);

// The same for a record of the store, also when damage has put a directory in its place.
bool ReplaceRecord(const std::string& path, const std::string& content, bool sync);

enum class RunStatus {
  kInitialized,  // the payload waits for `start`
  kRunning,
};

// What state.json says of a run beside what the configuration does.
struct RunState {
  RunStatus status = RunStatus::kInitialized;
  pid_t payload = 0;
  unsigned long long payload_start = 0;  // in clock ticks since boot
  timespec since{};
  StrayMarks strays;
  // Of a helper that has ended before the container; kOther: none.
  HelperService lost = HelperService::kOther;
};

// Writes state.json, if there shall be one: who monitors which payload since now, by pid and start
// time. Strays and losses stay as they were known before. Replaces the file by rename.
RunState WriteStateRecord(const MonitorConfig& config, RunStatus status, pid_t payload,
                          const RunState& before);

// Writes it again as it was; false when that failed.
bool RewriteStateRecord(const MonitorConfig& config, const RunState& state);

// Adds to it what a helper gave that has ended; false for kOther.
bool RecordLoss(const MonitorConfig& config, RunState& state, HelperService lost);

// How the payload ended. There is deliberately no value for "unknown": then nothing is written.
struct ExitRecord {
  int exit_code = 0;  // 128 + signal when a signal ended it
  int signal = 0;
  bool timed_out = false;
  bool oom_killed = false;  // the kernel killed a process of it for lack of memory
  timespec time{};
  uint64_t lost_log_bytes = 0;
  bool restarting = false;  // the monitor is about to start the container again
  std::string restart_error;  // why it could not; empty: it did not try in vain
};

// From a wait status (waitpid(2)) of a process that has ended.
ExitRecord MakeExitRecord(int wait_status, bool timed_out);

// Writes exit.json; `sync` makes it survive a power cut (fsync of the file and its directory).
bool WriteExitRecord(const std::string& path, const ExitRecord& record, bool sync);

}  // namespace bryo
