// Datagrams between UDP ports of the host and the same container's addresses.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "relay/client_routes.h"
#include "relay/datagrams.h"
#include "relay/events.h"
#include "relay/port.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Every sender to a port of the host is a peer, and gets a socket of its own in the container's
// network: what comes back on that one is for this peer. All memory is taken by Open().
class UdpRelay {
 public:
  // Takes the host's sockets, which queue what comes until it is handled. To be called in the
  // container's network namespace.
  Status Open(const Events& events, std::vector<HostPort> ports, const RelayTarget& target);

  // With the return path laid (return_path.h) servers see the addresses of their clients. False:
  // the kernel lacks something for that.
  bool ShowClients();

  // Handles what an event of these kinds tells. Sockets of peers are of the network namespace that
  // the process is in by now.
  void HandleHost(uint32_t port, int64_t now);
  void HandlePeer(uint32_t port, uint32_t slot, int64_t now);

  // Datagrams that come go to these addresses of the container from now on.
  void MoveTo(const in6_addr& ipv4, const in6_addr& ipv6);

  bool has_peers() const { return open_ > 0; }
  void CloseIdle(int64_t now);

 private:
  struct Port {
    UniqueFd host;
    uint16_t container_port = 0;
    uint32_t client_table = 0;
    bool ipv6 = false;      // the host's socket, which may be of both families
    bool listens4 = false;  // somebody in the container, at the time of looking
    bool listens6 = false;
    int64_t looked_at = INT64_MIN / 2;
    uint32_t slots = 0;  // of its peers, those from here on have never been used or are free
  };
  struct Peer {
    int fd = 0;  // 0: the slot is free
    bool shown = false;
    bool ipv4_inside = false;
    Sender sender;
    int64_t used = 0;
  };

  Peer* PeersOf(size_t port) const { return peers_ + port * kMaxPeers; }
  ClientFlow FlowOf(size_t port, uint32_t slot, const Sender& sender) const {
    return {sender.from.address, ports_[port].client_table,
            static_cast<uint32_t>(port * kMaxPeers + slot)};
  }
  void Forward(size_t port, const Sender& sender, size_t size);
  uint32_t FindPeer(size_t port, const Sender& sender);
  bool OpenPeer(size_t port, uint32_t slot, const Sender& sender, const in6_addr& container);
  int OpenSocket(bool ipv6);
  bool BindShown(int fd, size_t port, const Sender& sender, bool ipv6);
  bool BindFresh(int fd, const in6_addr& address, bool ipv6);
  bool IsPublished(uint16_t container_port) const;
  bool IsUsedInside(const Endpoint& client, size_t port) const;
  void ClosePeer(size_t port, uint32_t slot);
  void CloseOldest();

  // Of each port. One more takes the place of the one that has been silent for longest.
  static constexpr uint32_t kMaxPeers = 512;

  const Events* events_ = nullptr;
  RelayTarget target_;
  std::vector<Port> ports_;
  Peer* peers_ = nullptr;
  size_t open_ = 0;
  uint32_t bound_ = 0;  // how many ports of the container have been taken in turn
  bool shows_clients_ = false;
  ClientRoutes routes_;
  int64_t now_ = 0;
  char datagram_[kLargestDatagram];
};

}  // namespace bryo
