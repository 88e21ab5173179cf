// Carries frames between a device of this machine and the one in the bridges' network.
#pragma once

#include "net/lan_device.h"
#include "sys/fd.h"

namespace bryo {

// Until the process of the pidfd `watcher` has ended. A device of this machine that goes is opened
// again when it is back; `outer` may not be open yet.
void CarryFrames(const LanDevice& device, UniqueFd& outer, int inner, int watcher);

}  // namespace bryo
