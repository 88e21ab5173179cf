// Rights that the relay keeps.
#pragma once

#include "sys/status.h"

namespace bryo {

// No new privileges, no system call but those that relaying takes, and no capability, but for
// CAP_NET_RAW over the container's network where sockets get the addresses of clients: the relay
// handles what anybody on the network may send, and has the host's files in sight.
Status ConfineRelay(bool shows_clients);

}  // namespace bryo
