// Connections to TCP ports of the host, carried on to the same container's address.
#pragma once

#include <netinet/in.h>

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

  // Connections that come lead to another address of the container from now on.
  void MoveTo(in_addr container) { target_.container = container; }

  // Handle what an event tells. Sockets in the container are of the network namespace that the
  // process is in by now.
  void HandleListener(uint32_t port);
  void HandleConnection(uint32_t index, uint32_t side);

 private:
  struct Connection {
    StreamPair streams;  // the host's side, the container's
    uint32_t next_free = 0;
    bool open = false;
    bool connecting = false;
  };

  void Accept(int client, const sockaddr_in6& from, uint16_t container_port);
  int Connect(const sockaddr_in6& from, uint16_t container_port) const;
  int OpenSocket(const sockaddr_in* source) const;
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
