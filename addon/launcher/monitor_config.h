// From the launch plan's records to what the monitor is configured with.
#pragma once

#include "launcher/plan.h"
#include "monitor/monitor.h"
#include "sys/status.h"

namespace bryo {

MonitorConfig MonitorConfigOf(const Plan& plan);

// Puts the plans of the probes into files in memory.
Status KeepProbes(const Plan& plan, HealthHandles& out);

}  // namespace bryo
