#include "relay/port.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>

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

bool Bind4(int fd, const RelayPort& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::memcpy(&address.sin_addr, &port.host.s6_addr[12], sizeof(address.sin_addr));
  address.sin_port = htons(port.host_port);
  return ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

// Beside another socket with the same port of IPv4.
bool Bind6(int fd, const RelayPort& port) {
  const int on = 1;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = port.host;
  address.sin6_port = htons(port.host_port);
  return ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0 &&
         ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

}  // namespace

Status BindHostPort(const RelayPort& port, UniqueFd& out) {
  bool tcp = port.protocol == IPPROTO_TCP;
  int type = (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  out.reset(::socket(port.is_ipv4() ? AF_INET : AF_INET6, type, 0));
  const int on = 1;
  // Connections of an earlier container that are about to end are in nobody's way.
  bool made = out.valid() &&
              (!tcp || ::setsockopt(out.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0) &&
              (port.is_ipv4() ? Bind4(out.get(), port) : Bind6(out.get(), port));
  return made ? Status() : Status::Errno("cannot publish " + NameOf(port));
}

}  // namespace bryo
