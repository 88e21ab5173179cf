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

// Lets the port through the guard of a network namespace (firewall.h), of which `netfilter` is a
// socket of NETLINK_NETFILTER. Where there is no guard, as without nft, nothing is to be done.
Status AllowPort(int netfilter, const GuardedPort& port);

}  // namespace bryo
