// Starting a container again when it has ended.
#pragma once

#include <cstdint>
#include <string>

#include "monitor/monitor.h"
#include "monitor/records.h"
#include "sys/status.h"

namespace bryo {

// Whether somebody has ended the container on purpose.
bool IsStopped(const MonitorConfig& config);

// Whether the restart policy wants the container started again after this end.
bool WantsRestart(const MonitorConfig& config, const ExitFile& exit);

// Whether a container of --rm stays all the same, for it is about to be started again.
bool IsKept(const MonitorConfig& config);

// How long to wait before: 50 ms, doubled each time up to a minute; a run of ten seconds is a
// success, after which it begins anew. In nanoseconds.
int64_t RestartDelay(uint32_t restarts, int64_t ran);

// Waits; false when a signal or the mark of a stop has come instead. `signals` is a signalfd.
bool AwaitRestart(const MonitorConfig& config, int signals, int64_t delay);

// Descriptors that the launcher needs of its monitor; `pod_link` is -1 without a pod's.
struct KeptDescriptors {
  int plan;
  int lock;
  int pod_link;
  const BridgeHandles& bridges;
  const std::vector<UniqueFd>& published;
};

// Becomes a launcher that runs the plan again in this process, in a new control group. Returns only
// when that fails.
Status Relaunch(const MonitorConfig& config, const KeptDescriptors& kept);

}  // namespace bryo
