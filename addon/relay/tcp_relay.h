// Connections to TCP ports of the host, carried on to the same container's address.
#pragma once

#include <cstdint>
#include <vector>

#include "relay/events.h"
#include "relay/pipes.h"
#include "relay/port.h"
#include "relay/stream_pair.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Carries both directions of each connection with splice(2), half-closed ones and resets as they
// are. All memory is taken by Open(), descriptors as connections come.
class TcpRelay {
 public:
  // Takes the host's sockets, which listen from here on.
  Status Open(const Events& events, std::vector<HostPort> ports, const RelayTarget& target);

  // With the return path laid (return_path.h) servers see the addresses of their clients.
  void ShowClients() { shows_clients_ = true; }

  // Connections that come lead to these addresses of the container from now on.
  void MoveTo(const in6_addr& ipv4, const in6_addr& ipv6) {
    target_.ipv4.container = ipv4;
    target_.ipv6.container = ipv6;
  }

  // Handle what an event tells. Sockets in the container are of the network namespace that the
  // process is in by now.
  void HandleListener(uint32_t port);
  void HandleConnection(uint32_t index, uint32_t side);

 private:
  struct Connection {
    StreamPair streams;  // the host's side, the container's
    uint32_t next_free = 0;
    uint16_t container_port = 0;
    uint8_t next_way = 0;  // of the client's ways into the container, should this one be refused
    bool open = false;
    bool connecting = false;
  };

  void Accept(int client, const Endpoint& from, uint16_t container_port);
  int Connect(const Endpoint& from, uint16_t container_port, uint8_t& way) const;
  int ConnectFrom(const Endpoint* source, const Endpoint& to) const;
  bool ConnectOtherwise(uint32_t index);
  void FinishConnect(uint32_t index);
  // False: the connection is broken.
  bool Pump(Connection& connection, uint32_t from);
  void Settle(uint32_t index, bool sound);
  void Close(uint32_t index, bool reset);
  void RefuseOne(int listener);

  const Events* events_ = nullptr;
  std::vector<HostPort> ports_;
  RelayTarget target_;
  bool shows_clients_ = false;
  PipePool pipes_;
  Connection* connections_ = nullptr;
  uint32_t used_ = 0;  // slots from here on have never been used
  uint32_t free_ = 0;  // the first free slot below, plus one; 0: none
  UniqueFd spare_;     // for a connection that is refused when no descriptor is left
};

}  // namespace bryo
