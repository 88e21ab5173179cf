// The run of a container before the one that is being started.
//
// Its records stay until the new payload runs: a start that fails, however it ends, leaves them as
// the truth about the container.
#pragma once

#include <string>
#include <string_view>

#include "monitor/monitor.h"

namespace bryo {

// Says in the lock file, which holds nothing else, that its owner is starting the container: what
// lies beside it is of the run before (src/monitor/state.ts). Without an exit record there is
// nothing to say.
void MarkStarting(int lock, const std::string& exit_path);

// Removes the records of the earlier run. Only when the new state is written, too, is it told by
// UnmarkStarting that the records are of this run.
void ForgetEarlierRun(const MonitorConfig& config);
void UnmarkStarting(int lock);

// Adds to the exit record that the container was not started again after all, and why.
void RecordFailedRestart(const HeaderMonitor& config, std::string_view reason);

}  // namespace bryo
