// Routes of answers to clients of UDP whose addresses a relay shows in a container.
#pragma once

#include <cstdint>

#include "relay/endpoint.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// The first of the tables that answers of published UDP ports look into first, one for each range
// of ports (return_path.h). Who is not in it gets them as any other packets: servers of UDP also
// begin conversations, from the same port.
inline constexpr uint32_t kFirstClientTable = 1985;

// A client's flow to one of the container's ports. `number` tells the flows of a client apart.
struct ClientFlow {
  in6_addr client{};
  uint32_t table = 0;
  uint32_t number = 0;
};

// Routes of one network namespace. None of its functions takes memory or blocks.
class ClientRoutes {
 public:
  // In the network namespace that the process is in.
  Status Open();

  // Keeps what `own`, an address of the container, sends to the client within it. False: the kernel
  // will not have it.
  bool Add(const ClientFlow& flow, const in6_addr& own);
  void Remove(const ClientFlow& flow);

 private:
  bool Change(uint16_t type, const ClientFlow& flow, const in6_addr* own);

  UniqueFd socket_;
  uint32_t loopback_ = 0;
};

}  // namespace bryo
