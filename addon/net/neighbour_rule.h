// How a container answers its neighbours although its ports are published.
#pragma once

#include <netinet/in.h>

#include <cstdint>

#include "net/netlink.h"

namespace bryo {

// Behind the table of the container's own addresses (0), before the rules of published ports
// (relay/return_path.h).
inline constexpr uint32_t kNeighbourPriority = 1983;

// Packets of a container to the network (of IPv4, in network byte order) go by the main table. A
// rule that is there already is as good.
void AddNeighbourRule(NetlinkBatch& batch, in_addr_t network, uint8_t bits);

}  // namespace bryo
