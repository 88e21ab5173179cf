// The ports of a relay, as its launcher hands them over: numbers of 32 bits,
// kRelayPortNumbers for each port.
#pragma once

#include <cstdint>
#include <vector>

#include "relay/port.h"

namespace bryo {

// Networks that a container reaches by interfaces of its own.
inline constexpr uint32_t kMostNeighbours = 64;

// Takes a list apart: the container's address and the one that stands for clients, of IPv4 and of
// IPv6, the number of its neighbouring networks and each one's address and bits, then the ports.
// An address is four numbers. False: there are no ports, or the list is cut off.
bool ReadPortList(const std::vector<uint32_t>& numbers, RelayTarget& target,
                  std::vector<RelayPort>& ports);

}  // namespace bryo
