// Connections that the firewall has refused for a container's egress policy (nfnetlink's log).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/dns_address.h"
#include "sys/fd.h"

namespace bryo {

inline constexpr uint16_t kEgressLogGroup = 7003;
// Of each packet: the headers of IPv6 with some extensions, and ports.
inline constexpr uint32_t kEgressLogBytes = 128;

struct RefusedPacket {
  uint32_t policy = 0;
  dns::Address server;
  uint8_t protocol = 0;
  uint16_t port = 0;  // 0: the protocol has none, or they are not in sight
};

// A socket that hears of them in this thread's network namespace; not valid where the kernel has
// no such log. It does not block.
UniqueFd OpenEgressLog();

// The next one of a message of the kernel's, which is moved behind it; false: there is no more.
bool ReadRefused(std::span<const uint8_t>& message, RefusedPacket& out);

}  // namespace bryo
