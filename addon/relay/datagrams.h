// Datagrams of the host's sockets, with the addresses that they came to.
#pragma once

#include <cstddef>
#include <cstdint>

#include "relay/endpoint.h"

namespace bryo {

inline constexpr size_t kLargestDatagram = 65536;

// A sender to the host, and the address that it has sent to: the answer is from there, and goes out
// by the same interface where the address alone does not tell.
struct Sender {
  Endpoint from;
  in6_addr addressed{};
  uint32_t interface = 0;

  bool operator==(const Sender& other) const {
    return from == other.from && IN6_ARE_ADDR_EQUAL(&addressed, &other.addressed);
  }
};

// A socket that tells of the addresses (IP_PKTINFO, IPV6_RECVPKTINFO); that of IPv6 may be of both
// families.
struct HostSocket {
  int fd;
  bool ipv6;
};

// Takes the next datagram with a sender that can be answered. False: nothing has come.
bool ReceiveFrom(int fd, char (&datagram)[kLargestDatagram], Sender& sender, size_t& size);
void AnswerTo(HostSocket host, const Sender& sender, const char* data, size_t size);

}  // namespace bryo
