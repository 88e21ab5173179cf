#include "relay/endpoint.h"

#include <cstring>

namespace bryo {

in6_addr MappedAddress(in_addr address) {
  in6_addr mapped{};
  mapped.s6_addr[10] = mapped.s6_addr[11] = 0xff;
  std::memcpy(&mapped.s6_addr[12], &address, sizeof(address));
  return mapped;
}

in_addr Ipv4Of(const in6_addr& mapped) {
  in_addr address{};
  std::memcpy(&address, &mapped.s6_addr[12], sizeof(address));
  return address;
}

bool IsUnspecified(const in6_addr& address) {
  return IN6_IS_ADDR_UNSPECIFIED(&address) ||
         (IN6_IS_ADDR_V4MAPPED(&address) && Ipv4Of(address).s_addr == INADDR_ANY);
}

bool ReadSocketAddress(const SocketAddress& from, Endpoint& out) {
  switch (from.any.sa_family) {
    case AF_INET:
      out = {MappedAddress(from.ipv4.sin_addr), from.ipv4.sin_port, 0};
      return true;
    case AF_INET6:
      out = {from.ipv6.sin6_addr, from.ipv6.sin6_port, from.ipv6.sin6_scope_id};
      return true;
    default:
      return false;
  }
}

socklen_t WriteSocketAddress(const Endpoint& from, bool ipv6, SocketAddress& out) {
  out = {};
  if (ipv6) {
    out.ipv6.sin6_family = AF_INET6;
    out.ipv6.sin6_addr = from.address;
    out.ipv6.sin6_port = from.port;
    out.ipv6.sin6_scope_id = from.scope;
    return sizeof(out.ipv6);
  }
  out.ipv4.sin_family = AF_INET;
  out.ipv4.sin_addr = Ipv4Of(from.address);
  out.ipv4.sin_port = from.port;
  return sizeof(out.ipv4);
}

bool ShowForeignAddress(int fd, bool ipv6) {
  const int on = 1;
  return ipv6 ? ::setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof(on)) == 0
              : ::setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on)) == 0;
}

bool AddressRange::Contains(const in6_addr& other) const {
  const size_t whole = bits / 8;
  if (std::memcmp(address.s6_addr, other.s6_addr, whole) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (address.s6_addr[whole] ^ other.s6_addr[whole]) >> (8 - rest) == 0;
}

}  // namespace bryo
