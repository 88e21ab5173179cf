// Addresses of both families in one form.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

namespace bryo {

// A socket's address: that of IPv4 is mapped (RFC 4291, 2.5.5.2). The port is in network byte
// order. `scope` is the interface of an address that is no other interface's (fe80::/10).
struct Endpoint {
  in6_addr address{};
  uint16_t port = 0;
  uint32_t scope = 0;

  bool is_ipv4() const { return IN6_IS_ADDR_V4MAPPED(&address); }
  bool operator==(const Endpoint& other) const {
    return IN6_ARE_ADDR_EQUAL(&address, &other.address) && port == other.port &&
           scope == other.scope;
  }
};

// An address as bind(2) and the like take it.
union SocketAddress {
  sockaddr any;
  sockaddr_in ipv4;
  sockaddr_in6 ipv6;
  sockaddr_storage space;
};

// False: the address is of another family, as of a client of unix(7).
bool ReadSocketAddress(const SocketAddress& from, Endpoint& out);

// For a socket of IPv6 when `ipv6`, which may talk to IPv4 as well. Returns the size.
socklen_t WriteSocketAddress(const Endpoint& from, bool ipv6, SocketAddress& out);

// Lets a socket have an address of somebody else (ip(7), IP_TRANSPARENT), which takes CAP_NET_RAW.
bool ShowForeignAddress(int fd, bool ipv6);

in6_addr MappedAddress(in_addr address);
in_addr Ipv4Of(const in6_addr& mapped);
// :: or 0.0.0.0.
bool IsUnspecified(const in6_addr& address);

// Addresses of which the first `bits` are the same; IPv4 is mapped, and its bits count from 96 on.
struct AddressRange {
  in6_addr address{};
  uint8_t bits = 0;

  bool is_ipv4() const { return IN6_IS_ADDR_V4MAPPED(&address); }
  bool Contains(const in6_addr& other) const;
};

}  // namespace bryo
