// Rules and routes that lead connections of containers through the gate.
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo::gate {

// Lays the rules of the packet filter beside those of the firewall, with nft(8), a path. False: a
// kernel lacks "tproxy" or "socket", or there is no firewall: connections go by the uplink. To be
// called by a process that may enter the network namespace.
bool LayRules(const std::string& nft, int network);

// Routes to the gate's device, which go with it: packets go by the uplink then. To be called in the
// network namespace, whenever the device is new.
Status LayRoutes();

}  // namespace bryo::gate
