// The way back of answers to clients whose addresses a relay shows in a container.
#pragma once

#include <vector>

#include "relay/confine.h"
#include "relay/port.h"
#include "sys/status.h"

namespace bryo {

// Has the container's answers from these ports stay in its network: the relay's sockets there have
// the addresses of the clients (ip-rule(8)). Those of TCP ports all do, by a table in which all
// addresses are local; those of UDP ports to clients that client_routes.h knows, in the table that
// each port is given here. Other packets of
// the container go where they always did, and so do answers to its neighbours, which have come by
// themselves. To be called in the network namespace, with CAP_NET_ADMIN over it. Returns what the
// kernel and the number of ports allow.
ShownClients LayReturnPath(const std::vector<HostPort>& tcp, std::vector<HostPort>& udp,
                           const RelayTarget& target);

}  // namespace bryo
