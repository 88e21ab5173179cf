// A port of the host that leads into a container.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <vector>

#include "relay/endpoint.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Ports in the machine's byte order. IPv4 addresses of the host are mapped (RFC 4291, 2.5.5.2).
struct RelayPort {
  enum Source : uint32_t {
    kBind,
    // Where the host has no IPv6, or somebody else this port of it, the container goes without.
    kBindIfPossible,
    // The caller has bound it: `host_port` is the number of its descriptor among those handed over.
    kGiven,
  };

  int protocol = 0;  // IPPROTO_TCP or IPPROTO_UDP
  Source source = kBind;
  in6_addr host{};
  uint16_t host_port = 0;
  uint16_t container_port = 0;

  bool is_ipv4() const { return IN6_IS_ADDR_V4MAPPED(&host); }
};

// A bound socket of the host, and the container's port behind it.
struct HostPort {
  UniqueFd socket;
  uint16_t container_port = 0;
  uint32_t client_table = 0;  // of routes back to its clients (client_routes.h)
};

// The container's side of one family of addresses.
struct ContainerSide {
  // Unspecified: it has none.
  in6_addr container{};
  // Stands for clients whose own address cannot be shown; unspecified: the container's own does.
  in6_addr stand_in{};
};

struct RelayTarget {
  ContainerSide ipv4;
  ContainerSide ipv6;
  // Clients from these come by themselves, and get their answers as any other packets.
  std::vector<AddressRange> neighbours{};
  // Without the return path (return_path.h) answers to clients of IPv6 would go elsewhere.
  bool shows_ipv6 = false;

  // The ways of a client into the container: by its own family of addresses, then by the other one.
  static constexpr uint32_t kWays = 2;
  // Null: the container has no address of that family.
  const ContainerSide* Way(const Endpoint& client, uint32_t way) const;

  // Whether servers can see a client's own address: not one that means somebody else in the
  // container.
  bool Shows(const Endpoint& client) const;
};

// Opens and binds the host's socket of a port, or takes the one that was given. It does not block.
// Status carries the errno of bind(2). `out` stays empty for a port that the host cannot have.
Status OpenHostPort(const RelayPort& port, UniqueFd& out);

}  // namespace bryo
