// Datagrams between UDP ports of the host and the same container's address.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "relay/events.h"
#include "relay/port.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Every sender to a port of the host is a peer, and gets a socket of its own in the container's
// network: what comes back on that one is for this peer. All memory is taken by Bind().
class UdpRelay {
 public:
  // Takes the host's sockets, which queue what comes until it is handled.
  Status Open(const Events& events, std::vector<HostPort> ports, in_addr container);

  // Handles what an event of these kinds tells. Sockets of peers are of the network namespace that
  // the process is in by now.
  void HandleHost(uint32_t port, int64_t now);
  void HandlePeer(uint32_t port, uint32_t slot, int64_t now);

  // Datagrams that come go to another address of the container from now on.
  void MoveTo(in_addr container);

  bool has_peers() const { return open_ > 0; }
  void CloseIdle(int64_t now);

 private:
  struct Port {
    UniqueFd host;
    sockaddr_in container{};
    uint32_t slots = 0;  // of its peers, those from here on have never been used or are free
  };
  struct Peer {
    int fd = 0;              // 0: the slot is free
    uint32_t address = 0;    // network byte order, as the others
    uint32_t addressed = 0;  // which address of the host it has sent to: the answer is from there
    uint16_t port = 0;
    int64_t used = 0;
  };

  Peer* PeersOf(size_t port) const;
  void Forward(size_t port, const sockaddr_in& from, uint32_t addressed, size_t size);
  Peer* FindPeer(size_t port, const sockaddr_in& from, uint32_t addressed);
  int OpenSocket(size_t port, uint32_t slot);
  bool BindFresh(int fd);
  void ClosePeer(size_t port, uint32_t slot);
  void CloseOldest();

  const Events* events_ = nullptr;
  std::vector<Port> ports_;
  Peer* peers_ = nullptr;
  size_t open_ = 0;
  uint32_t bound_ = 0;  // how many ports of the container have been taken in turn
  int64_t now_ = 0;
  char datagram_[65536];
};

}  // namespace bryo
