// A container's port on a bridge sends with the container's own addresses, and nobody else's.
#pragma once

#include <string>
#include <vector>

#include "net/address.h"
#include "sys/status.h"

namespace bryo {

struct GuardedPort {
  std::string interface;  // in the bridges' namespace
  unsigned char mac[6] = {};
  std::vector<NetworkAddress> addresses;
};

// Lets the port through the guard of this network namespace (firewall.h). Where there is none, as
// without nft, nothing is to be done.
Status AllowPort(const GuardedPort& port);

}  // namespace bryo
