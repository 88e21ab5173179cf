// From the launch plan's records to what the monitor is configured with.
#pragma once

#include "monitor/monitor.h"
#include "plan/plan.h"
#include "sys/status.h"

namespace bryo {

// Puts the plans of the probes into files in memory.
Status KeepProbes(const Plan& plan, HealthHandles& out);

// Takes the records about health out of a plan whose probes are kept.
HealthConfig HealthConfigOf(Plan& plan);

MonitorConfig MonitorConfigOf(Plan plan);

}  // namespace bryo
