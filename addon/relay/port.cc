#include "relay/port.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "relay/main.h"
namespace bryo {
namespace {

std::string NameOf(const RelayPort& port) {
  char text[INET6_ADDRSTRLEN] = "";
  const char* kind = port.protocol == IPPROTO_TCP ? "/tcp" : "/udp";
  if (port.is_ipv4()) {
    ::inet_ntop(AF_INET, &port.host.s6_addr[12], text, sizeof(text));
    return std::string(text) + ":" + std::to_string(port.host_port) + kind;
  }
  ::inet_ntop(AF_INET6, &port.host, text, sizeof(text));
  return "[" + std::string(text) + "]:" + std::to_string(port.host_port) + kind;
}

// Beside another socket with the same port of IPv4.
bool Bind(int fd, const RelayPort& port) {
  const int on = 1;
  if (!port.is_ipv4() && ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) {
    return false;
  }
  SocketAddress address;
  socklen_t size =
      WriteSocketAddress({port.host, htons(port.host_port), 0}, !port.is_ipv4(), address);
  return ::bind(fd, &address.any, size) == 0;
}

Status BindHostPort(const RelayPort& port, UniqueFd& out) {
  bool tcp = port.protocol == IPPROTO_TCP;
  int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  out.reset(::socket(port.is_ipv4() ? AF_INET : AF_INET6, type, 0));
  const int on = 1;
  // Connections of an earlier container that are about to end are in nobody's way.
  bool made = out.valid() &&
              (!tcp || ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0) &&
              Bind(out.get(), port);
  if (made) return {};
  bool impossible = errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL || errno == EADDRINUSE;
  if (port.source == RelayPort::kBindIfPossible && impossible) {
    out.reset();
    return {};
  }
  return Status::Errno("cannot publish " + NameOf(port));
}

Status TakeHostPort(const RelayPort& port, UniqueFd& out) {
  out.reset(kRelayFirstGivenFd + port.host_port);
  int flags = ::fcntl(out.get(), F_GETFL);
  if (flags < 0 || ::fcntl(out.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
    return Status::Errno("cannot publish descriptor " + std::to_string(port.host_port));
  }
  return {};
}

}  // namespace

const ContainerSide* RelayTarget::Way(const Endpoint& client, uint32_t way) const {
  // Clients without an address, of unix(7), come by IPv4 first.
  bool first_is_ipv6 = !client.is_ipv4() && client.port != 0;
  const ContainerSide& side = first_is_ipv6 == (way == 0) ? ipv6 : ipv4;
  return IsUnspecified(side.container) ? nullptr : &side;
}

bool RelayTarget::Shows(const Endpoint& client) const {
  const in6_addr& address = client.address;
  bool is_special =
      client.port == 0 || IsUnspecified(address) || (!client.is_ipv4() && !shows_ipv6) ||
      (client.is_ipv4() ? address.s6_addr[12] == IN_LOOPBACKNET
                        : IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address));
  return !is_special &&
         std::none_of(neighbours.begin(), neighbours.end(),
                      [&](const AddressRange& one) { return one.Contains(address); });
}

Status OpenHostPort(const RelayPort& port, UniqueFd& out) {
  return port.source == RelayPort::kGiven ? TakeHostPort(port, out) : BindHostPort(port, out);
}

}  // namespace bryo
