// Rules of routes that keep bridges apart where there is no firewall to do it, and one that holds
// in any case. They come before the main table, which knows the ways between bridges.
#pragma once

#include <string>

#include "net/netlink.h"
#include "sys/status.h"

namespace bryo {

// Packets that come from an internal bridge are led nowhere; until the name is another bridge's.
void KeepInside(const std::string& bridge, int socket);
void EndKeepInside(const std::string& bridge, int socket);

// Packets that come from any bridge are led to the uplink alone, also when that is not there. To be
// called once, in the bridges' network namespace.
Status LayPlainRules();

// The way to the uplink's gateway for them, which goes with the uplink's device.
void AddPlainRoute(NetlinkBatch& batch, int uplink);

}  // namespace bryo
