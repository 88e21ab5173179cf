// Addresses that interfaces have.
#pragma once

#include <linux/if_addr.h>

#include <vector>

#include "sys/status.h"

namespace bryo {

struct InterfaceAddress {
  ifaddrmsg header;
  std::vector<unsigned char> local;
  std::vector<unsigned char> broadcast;  // empty: none
};

inline constexpr unsigned kAllInterfaces = 0;

// All of one interface, by its index, or of all, in the network namespace of the netlink socket.
Status ListAddresses(int socket, unsigned interface, std::vector<InterfaceAddress>& out);

}  // namespace bryo
