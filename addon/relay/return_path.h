// The way back of answers to clients whose addresses a relay shows in a container.
#pragma once

#include <vector>

#include "relay/port.h"
#include "sys/status.h"

namespace bryo {

// Has the container's TCP answers from these ports stay in its network, to whomever they go: the
// relay's sockets there have the addresses of the clients (ip-rule(8): from the ports of the
// servers, by a table in which all addresses are local). Other connections of the container go
// where they always did, and so do answers to its neighbours, which have come by themselves. To be
// called in the network namespace, with CAP_NET_ADMIN over it.
Status LayReturnPath(const std::vector<HostPort>& ports, const RelayTarget& target);

}  // namespace bryo
