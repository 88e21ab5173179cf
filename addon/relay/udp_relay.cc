#include "relay/udp_relay.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "monitor/clock.h"

namespace bryo {
namespace {

// Looking whether a port is taken takes it for a moment, which seldom should be in a server's way.
constexpr int64_t kLookAgain = 500 * kMillisecond;
constexpr int64_t kIdle = 60'000 * kMillisecond;
// Of one socket before the others have their turn.
constexpr int kBurst = 32;

// The kernel's own range for ports that nobody asked for (ip_local_port_range).
constexpr uint32_t kFirstPort = 32768;
constexpr uint32_t kPorts = 60999 - kFirstPort + 1;
constexpr int kPortAttempts = 64;

// An ICMP error for an earlier datagram is reported in place of the next one's being sent.
void Send(int fd, const void* data, size_t size) {
  constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (::send(fd, data, size, flags) < 0 && errno == ECONNREFUSED) ::send(fd, data, size, flags);
}

// Whether somebody in the container has a port of UDP: nobody else can bind it then. Errors of ICMP
// do not tell, for they go to the client whose address is shown.
bool IsTaken(const in6_addr& address, uint16_t port) {
  const bool ipv6 = !IN6_IS_ADDR_V4MAPPED(&address);
  UniqueFd fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (ipv6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  SocketAddress local;
  socklen_t size = WriteSocketAddress({address, htons(port), 0}, ipv6, local);
  return !fd.valid() || ::bind(fd.get(), &local.any, size) != 0;
}

}  // namespace

Status UdpRelay::Open(const Events& events, std::vector<HostPort> ports,
                      const RelayTarget& target) {
  events_ = &events;
  target_ = target;
  if (ports.empty()) return {};
  // Pages of it exist once a peer is in them.
  void* table = ::mmap(nullptr, ports.size() * kMaxPeers * sizeof(Peer), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (table == MAP_FAILED) return Status::Errno("port relay");
  peers_ = static_cast<Peer*>(table);
  ports_.reserve(ports.size());
  const int on = 1;
  for (HostPort& port : ports) {
    Port& own = ports_.emplace_back();
    own.container_port = port.container_port;
    own.client_table = port.client_table;
    own.host = std::move(port.socket);
    int fd = own.host.get();
    int family = AF_INET;
    socklen_t size = sizeof(family);
    ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    own.ipv6 = family == AF_INET6;
    bool told = own.ipv6 ? ::setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) == 0
                         : ::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) == 0;
    auto index = static_cast<uint32_t>(ports_.size() - 1);
    if (!told || !events.Watch(fd, EPOLLIN, {EventSource::kUdpPort, index})) {
      return Status::Errno("port relay");
    }
  }
  return {};
}

bool UdpRelay::ShowClients() { return shows_clients_ = routes_.Open().ok(); }

void UdpRelay::HandleHost(uint32_t port, int64_t now) {
  now_ = now;
  for (int i = 0; i < kBurst; ++i) {
    Sender sender;
    size_t size = 0;
    if (!ReceiveFrom(ports_[port].host.get(), datagram_, sender, size)) return;
    Forward(port, sender, size);
  }
}

void UdpRelay::Forward(size_t port, const Sender& sender, size_t size) {
  uint32_t slot = FindPeer(port, sender);
  Peer& peer = PeersOf(port)[slot];
  if (peer.fd != 0) {
    peer.used = now_;
    return Send(peer.fd, datagram_, size);
  }
  const ContainerSide* ways[] = {target_.Way(sender.from, 0), target_.Way(sender.from, 1)};
  if (ways[0] != nullptr && ways[1] != nullptr) {
    // By which of them somebody listens, else by none: the next datagram looks again.
    Port& own = ports_[port];
    if (now_ - own.looked_at >= kLookAgain) {
      own.looked_at = now_;
      own.listens4 = IsTaken(target_.ipv4.container, own.container_port);
      own.listens6 = IsTaken(target_.ipv6.container, own.container_port);
    }
    for (const ContainerSide*& way : ways) {
      if (!(way == &target_.ipv4 ? own.listens4 : own.listens6)) way = nullptr;
    }
  }
  for (const ContainerSide* way : ways) {
    if (way == nullptr || !OpenPeer(port, slot, sender, way->container)) continue;
    return Send(peer.fd, datagram_, size);
  }
}

void UdpRelay::HandlePeer(uint32_t port, uint32_t slot, int64_t now) {
  now_ = now;
  Peer& peer = PeersOf(port)[slot];
  // The peer may have been closed for the sake of an event before this one.
  if (peer.fd == 0) return;
  for (int i = 0; i < kBurst; ++i) {
    ssize_t size = ::recv(peer.fd, datagram_, sizeof(datagram_), MSG_DONTWAIT);
    if (size < 0) return;
    peer.used = now_;
    const HostSocket host{ports_[port].host.get(), ports_[port].ipv6};
    AnswerTo(host, peer.sender, datagram_, static_cast<size_t>(size));
  }
}

// The slot of a peer: its own, or a free one.
uint32_t UdpRelay::FindPeer(size_t port, const Sender& sender) {
  Peer* peers = PeersOf(port);
  const uint32_t slots = ports_[port].slots;
  uint32_t free = slots;
  uint32_t oldest = 0;
  for (uint32_t i = 0; i < slots; ++i) {
    const Peer& peer = peers[i];
    if (peer.fd == 0) {
      if (free == slots) free = i;
      continue;
    }
    if (peer.sender == sender) return i;
    if (peers[oldest].fd == 0 || peer.used < peers[oldest].used) oldest = i;
  }
  if (free < kMaxPeers) return free;
  ClosePeer(port, oldest);
  return oldest;
}

// Ports are taken in turn: a late answer for a peer that had to give way would reach another one,
// should its port be taken again at once, as the kernel's random choice may do.
bool UdpRelay::BindFresh(int fd, const in6_addr& address, bool ipv6) {
  for (int i = 0; i < kPortAttempts; ++i) {
    const auto port = static_cast<uint16_t>(kFirstPort + bound_++ % kPorts);
    if (IsPublished(port)) continue;
    SocketAddress local;
    socklen_t size = WriteSocketAddress({address, htons(port), 0}, ipv6, local);
    if (::bind(fd, &local.any, size) == 0) return true;
    if (errno != EADDRINUSE) return false;
  }
  return false;
}

bool UdpRelay::IsPublished(uint16_t container_port) const {
  return std::any_of(ports_.begin(), ports_.end(),
                     [&](const Port& port) { return port.container_port == container_port; });
}

// Whether a socket of this client's address and port would get what is another's: that of a peer
// who has sent to the same port of the container by another address or port of the host. Or would
// be in the way of a server of the container that is yet to come, as with programs that use one
// port on all machines.
bool UdpRelay::IsUsedInside(const Endpoint& client, size_t port) const {
  if (IsPublished(ntohs(client.port))) return true;
  for (size_t other = 0; other < ports_.size(); ++other) {
    if (ports_[other].container_port != ports_[port].container_port) continue;
    const Peer* peers = PeersOf(other);
    for (uint32_t slot = 0; slot < ports_[other].slots; ++slot) {
      if (peers[slot].fd != 0 && peers[slot].shown && peers[slot].sender.from == client)
        return true;
    }
  }
  return false;
}

// At least the client's address, and its port unless somebody would be in the way of that.
bool UdpRelay::BindShown(int fd, size_t port, const Sender& sender, bool ipv6) {
  const int on = 1;
  if (!ShowForeignAddress(fd, ipv6)) return false;
  if (!IsUsedInside(sender.from, port)) {
    SocketAddress local;
    socklen_t size = WriteSocketAddress(sender.from, ipv6, local);
    if (::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) return false;
    if (::bind(fd, &local.any, size) == 0) return true;
  }
  return BindFresh(fd, sender.from.address, ipv6);
}

int UdpRelay::OpenSocket(bool ipv6) {
  constexpr int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const int family = ipv6 ? AF_INET6 : AF_INET;
  UniqueFd fd(::socket(family, type, 0));
  if (!fd.valid() && errno == EMFILE && open_ > 0) {
    CloseOldest();
    fd.reset(::socket(family, type, 0));
  }
  const int on = 1;
  if (ipv6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  return fd.release();
}

bool UdpRelay::OpenPeer(size_t port, uint32_t slot, const Sender& sender,
                        const in6_addr& container) {
  const Endpoint to{container, htons(ports_[port].container_port), 0};
  const bool ipv6 = !to.is_ipv4();
  UniqueFd fd(OpenSocket(ipv6));
  if (!fd.valid()) return false;
  bool shown = shows_clients_ && sender.from.is_ipv4() == to.is_ipv4() &&
               target_.Shows(sender.from) && routes_.Add(FlowOf(port, slot, sender), container);
  if (shown && !BindShown(fd.get(), port, sender, ipv6)) {
    routes_.Remove(FlowOf(port, slot, sender));
    shown = false;
    fd.reset(OpenSocket(ipv6));
    if (!fd.valid()) return false;
  }
  const in6_addr any = ipv6 ? in6_addr{} : MappedAddress({INADDR_ANY});
  SocketAddress address;
  socklen_t size = WriteSocketAddress(to, ipv6, address);
  // A connected socket takes nothing from any other port of the container.
  EventSource source{EventSource::kUdpPeer, static_cast<uint32_t>(port), slot};
  if ((!shown && !BindFresh(fd.get(), any, ipv6)) || ::connect(fd.get(), &address.any, size) != 0 ||
      !events_->Watch(fd.get(), EPOLLIN, source)) {
    if (shown) routes_.Remove(FlowOf(port, slot, sender));
    return false;
  }
  ++open_;
  if (slot >= ports_[port].slots) ports_[port].slots = slot + 1;
  PeersOf(port)[slot] = {fd.release(), shown, !ipv6, sender, now_};
  return true;
}

void UdpRelay::ClosePeer(size_t port, uint32_t slot) {
  Peer& peer = PeersOf(port)[slot];
  ::close(peer.fd);
  peer.fd = 0;
  if (peer.shown) routes_.Remove(FlowOf(port, slot, peer.sender));
  --open_;
  uint32_t& slots = ports_[port].slots;
  while (slots > 0 && PeersOf(port)[slots - 1].fd == 0) --slots;
}

void UdpRelay::MoveTo(const in6_addr& ipv4, const in6_addr& ipv6) {
  const bool moved4 = !IN6_ARE_ADDR_EQUAL(&ipv4, &target_.ipv4.container);
  const bool moved6 = !IN6_ARE_ADDR_EQUAL(&ipv6, &target_.ipv6.container);
  target_.ipv4.container = ipv4;
  target_.ipv6.container = ipv6;
  for (size_t port = 0; port < ports_.size(); ++port) {
    for (uint32_t slot = ports_[port].slots; slot-- > 0;) {
      const Peer& peer = PeersOf(port)[slot];
      if (peer.fd != 0 && (peer.ipv4_inside ? moved4 : moved6)) ClosePeer(port, slot);
    }
  }
}

void UdpRelay::CloseOldest() {
  size_t oldest_port = 0;
  uint32_t oldest = kMaxPeers;
  for (size_t port = 0; port < ports_.size(); ++port) {
    for (uint32_t slot = 0; slot < ports_[port].slots; ++slot) {
      const Peer& peer = PeersOf(port)[slot];
      if (peer.fd == 0) continue;
      if (oldest < kMaxPeers && peer.used >= PeersOf(oldest_port)[oldest].used) continue;
      oldest_port = port;
      oldest = slot;
    }
  }
  if (oldest < kMaxPeers) ClosePeer(oldest_port, oldest);
}

void UdpRelay::CloseIdle(int64_t now) {
  for (size_t port = 0; port < ports_.size(); ++port) {
    for (uint32_t slot = ports_[port].slots; slot-- > 0;) {
      const Peer& peer = PeersOf(port)[slot];
      if (peer.fd != 0 && now - peer.used >= kIdle) ClosePeer(port, slot);
    }
  }
}

}  // namespace bryo
