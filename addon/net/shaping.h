// Rates of a container's interfaces: a queue on each end of its pair that lets no more through in a
// second (tc-tbf(8)). The one in the bridges' network holds what the container gets, the one at its
// own end what it sends.
#pragma once

#include <cstdint>
#include <string>

#include "net/netlink.h"
#include "sys/status.h"

namespace bryo {

// In bytes per second; to be sent in the network namespace of the interface.
void AddShaping(NetlinkBatch& batch, int interface, const std::string& name, uint64_t rate);

// A failure of it in the user's words.
Status ShapingStatus(const Status& status);

}  // namespace bryo
