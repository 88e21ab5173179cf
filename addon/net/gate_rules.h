// Rules and routes that lead connections of containers through the gate.
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo::gate {

// Rules of the packet filter beside those of the firewall, as nft(8) takes them. Where a kernel
// lacks "tproxy" or "socket" connections go by the uplink.
std::string Rules();

// Routes to the gate's device, which go with it: packets go by the uplink then. To be called in the
// network namespace, whenever the device is new.
Status LayRoutes();

}  // namespace bryo::gate
