// How a container answers its neighbours although its ports are published.
#pragma once

#include <cstdint>

#include "net/address.h"
#include "net/netlink.h"

namespace bryo {

// Behind the table of the container's own addresses (0), before the rules of published ports
// (relay/return_path.h).
inline constexpr uint32_t kNeighbourPriority = 1983;

// Packets of a container to the network go by the main table; the address may be that of a host in
// it. A rule that is there already is as good.
void AddNeighbourRule(NetlinkBatch& batch, const NetworkAddress& network);

}  // namespace bryo
