// From the launch plan's record to what the monitor is configured with.
#pragma once

#include "launcher/ops.gen.h"
#include "monitor/monitor.h"

namespace bryo {

MonitorConfig MonitorConfigOf(const HeaderMonitor& record);

}  // namespace bryo
