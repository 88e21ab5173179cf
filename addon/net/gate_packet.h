// Packets that the gate reads and writes at its device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/dns_address.h"

namespace bryo::gate {

using dns::Address;
using Bytes = std::span<const uint8_t>;

// Longer ones are not looked at: a first packet has little more than headers.
inline constexpr size_t kMaxPacket = 2048;

// The ends of a connection, ports in the machine's byte order.
struct Ends {
  Address client;
  Address server;
  uint16_t client_port = 0;
  uint16_t server_port = 0;

  bool operator==(const Ends&) const = default;
};

// A packet that asks for a connection (RFC 9293, 3.5).
struct Opening {
  Ends ends;
  uint32_t sequence = 0;
  // Of what follows the header of IP.
  size_t payload = 0;
};

// Nothing: it is another packet, or none.
std::optional<Opening> ReadOpening(Bytes packet);

// The answer of a server that nobody listens at.
std::vector<uint8_t> WriteReset(const Opening& opening);
// The message of a network that cannot reach the server (RFC 792, RFC 4443): it, or the host alone.
std::vector<uint8_t> WriteUnreachable(const Opening& opening, Bytes packet, bool network);

}  // namespace bryo::gate
