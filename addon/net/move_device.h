// A network device that a container gets (OCI runtime specification, config-linux.md, "Network
// Devices").
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo {

// Moves a device from this thread's network namespace into the one of the descriptor, under a name
// there, with its permanent addresses of global scope, and brings it up.
Status MoveNetDevice(const std::string& name, const std::string& new_name, int network);

}  // namespace bryo
