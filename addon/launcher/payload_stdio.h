// The standard streams of a payload, before it exists.
#pragma once

#include "plan/plan.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

struct PayloadStdio {
  UniqueFd payload[3];
  UniqueFd ours[3];  // the monitor's ends; none where it has no part
};

// The caller's own streams (passthrough), else pipes; with a terminal, which comes later from the
// container's devpts, nothing.
Status OpenPayloadStdio(const HeaderMonitor& monitor, PayloadStdio& out);

}  // namespace bryo
