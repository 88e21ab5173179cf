// Sockets and the device of the gate in the network namespace of the bridges.
#pragma once

#include <cstdint>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo::gate {

// Name of the device that first packets of connections are routed to.
inline constexpr char kDevice[] = "gate0";
// Ports of the loopback that connections are diverted to (IPv4, IPv6).
inline constexpr uint16_t kPort = 15000;
// Marks of packets: those of diverted connections, and first ones on their way to the device.
inline constexpr uint32_t kDivertedMark = 0x6272;
inline constexpr uint32_t kOpeningMark = 0x6273;

struct Sockets {
  static constexpr int kFamilies = 2;

  UniqueFd device;
  UniqueFd listeners[kFamilies];  // the second one is none on a machine without IPv6
};

// Opens them in the network namespace that the thread is in. Takes CAP_NET_ADMIN over it.
Status OpenSockets(Sockets& out);

}  // namespace bryo::gate
