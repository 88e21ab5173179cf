// A port of the host that leads into a container.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Ports in the machine's byte order. IPv4 addresses of the host are mapped (RFC 4291, 2.5.5.2).
struct RelayPort {
  int protocol = 0;  // IPPROTO_TCP or IPPROTO_UDP
  in6_addr host{};
  uint16_t host_port = 0;
  uint16_t container_port = 0;

  bool is_ipv4() const { return IN6_IS_ADDR_V4MAPPED(&host); }
};

// A bound socket of the host, and the container's port behind it.
struct HostPort {
  UniqueFd socket;
  uint16_t container_port = 0;
};

// A network of IPv4, in network byte order.
struct Neighbours {
  in_addr_t address = 0;
  uint8_t bits = 0;
};

// The container's side, in network byte order.
struct RelayTarget {
  in_addr container{};
  // Stands for clients whose own address cannot be shown: those of the host's loopback, and IPv6.
  in_addr stand_in{};
  // Clients from these come by themselves, and get their answers as any other packets.
  std::vector<Neighbours> neighbours{};
};

// Opens and binds the host's socket of a port, which does not block. Status carries the errno of
// bind(2).
Status BindHostPort(const RelayPort& port, UniqueFd& out);

}  // namespace bryo
