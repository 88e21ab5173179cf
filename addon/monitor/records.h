// The two small files that tell the rest of bryo about a container's run (records.gen.h).
#pragma once

#include <sys/types.h>

#include <string>

#include "monitor/monitor.h"
#include "monitor/records.gen.h"

namespace bryo {

// Replaces a file by rename, so that readers see the old or the new content; `sync` makes it
// survive a power cut (fsync of the file and its directory).
bool ReplaceFile(const std::string& path, const std::string& content, bool sync);

// Replaces a record of the store, also when damage has put a directory in its place.
bool ReplaceRecord(const std::string& path, const std::string& content, bool sync);

// The state of a payload from now on. Strays and losses stay as they were known before.
StateFile MakeStateFile(const MonitorConfig& config, RunStatus status, pid_t payload,
                        const StateFile& before);

// Writes state.json, if there shall be one; false when that failed.
bool WriteStateFile(const MonitorConfig& config, const StateFile& state);

// Adds to it what a helper gave that has ended; false when that is nothing.
bool RecordLoss(const MonitorConfig& config, StateFile& state, LostService lost);

// Takes that back, when another helper gives it; false when it was not lost.
bool RecordReturn(const MonitorConfig& config, StateFile& state, LostService lost);

// From a wait status (waitpid(2)) of a process that has ended. There is deliberately no value for
// "unknown": then nothing is written.
ExitFile MakeExitFile(int wait_status, bool timed_out);

// Writes exit.json, if there shall be one; false when that failed.
bool WriteExitFile(const MonitorConfig& config, const ExitFile& exit);

}  // namespace bryo
