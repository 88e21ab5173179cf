// Rights that the relay keeps.
#pragma once

#include "sys/status.h"

namespace bryo {

// Whether servers see the addresses of their clients.
struct ShownClients {
  bool streams = false;
  bool datagrams = false;
  bool ipv6 = false;  // those of IPv6 as well
};

// No new privileges, no system call but those that relaying takes, and no capability, but for
// CAP_NET_RAW over the container's network where sockets get the addresses of clients, and
// CAP_NET_ADMIN over that for the routes of datagrams back to them (client_routes.h), with
// CAP_NET_BIND_SERVICE to see whether a server of datagrams is there (udp_relay.cc): the relay
// handles what anybody on the network may send, and has the host's files in sight.
Status ConfineRelay(ShownClients shown);

}  // namespace bryo
