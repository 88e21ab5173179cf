#include "relay/udp_relay.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "monitor/clock.h"

namespace bryo {
namespace {

// Of each port. One more takes the place of the one that has been silent for longest.
constexpr uint32_t kMaxPeers = 512;
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

}  // namespace

Status UdpRelay::Open(const Events& events, std::vector<HostPort> ports, in_addr container) {
  events_ = &events;
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
    own.container.sin_family = AF_INET;
    own.container.sin_addr = container;
    own.container.sin_port = htons(port.container_port);
    own.host = std::move(port.socket);
    int fd = own.host.get();
    auto index = static_cast<uint32_t>(ports_.size() - 1);
    if (::setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0 ||
        !events.Watch(fd, EPOLLIN, {EventSource::kUdpPort, index})) {
      return Status::Errno("port relay");
    }
  }
  return {};
}

UdpRelay::Peer* UdpRelay::PeersOf(size_t port) const { return peers_ + port * kMaxPeers; }

void UdpRelay::HandleHost(uint32_t port, int64_t now) {
  now_ = now;
  for (int i = 0; i < kBurst; ++i) {
    sockaddr_in from{};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))];
    iovec data{datagram_, sizeof(datagram_)};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    ssize_t size = ::recvmsg(ports_[port].host.get(), &message, MSG_DONTWAIT);
    if (size < 0) return;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (from.sin_port == 0 || header == nullptr || header->cmsg_level != IPPROTO_IP ||
        header->cmsg_type != IP_PKTINFO) {
      continue;
    }
    in_pktinfo arrival{};
    std::memcpy(&arrival, CMSG_DATA(header), sizeof(arrival));
    Forward(port, from, arrival.ipi_spec_dst.s_addr, static_cast<size_t>(size));
  }
}

void UdpRelay::Forward(size_t port, const sockaddr_in& from, uint32_t addressed, size_t size) {
  Peer* peer = FindPeer(port, from, addressed);
  if (peer == nullptr) return;
  peer->used = now_;
  Send(peer->fd, datagram_, size);
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
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = peer.address;
    to.sin_port = peer.port;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))] = {};
    iovec data{datagram_, static_cast<size_t>(size)};
    msghdr message{};
    message.msg_name = &to;
    message.msg_namelen = sizeof(to);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
    in_pktinfo departure{};
    departure.ipi_spec_dst.s_addr = peer.addressed;
    std::memcpy(CMSG_DATA(header), &departure, sizeof(departure));
    ::sendmsg(ports_[port].host.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
}

UdpRelay::Peer* UdpRelay::FindPeer(size_t port, const sockaddr_in& from, uint32_t addressed) {
  Peer* peers = PeersOf(port);
  uint32_t slots = ports_[port].slots;
  uint32_t slot = slots;
  uint32_t oldest = 0;
  for (uint32_t i = 0; i < slots; ++i) {
    const Peer& peer = peers[i];
    if (peer.fd == 0) {
      if (slot == slots) slot = i;
      continue;
    }
    if (peer.address == from.sin_addr.s_addr && peer.port == from.sin_port &&
        peer.addressed == addressed) {
      return &peers[i];
    }
    if (peers[oldest].fd == 0 || peer.used < peers[oldest].used) oldest = i;
  }
  if (slot == kMaxPeers) {
    ClosePeer(port, oldest);
    slot = oldest;
  }
  int fd = OpenSocket(port, slot);
  if (fd < 0) return nullptr;
  ++open_;
  if (slot >= ports_[port].slots) ports_[port].slots = slot + 1;
  peers[slot] = {fd, from.sin_addr.s_addr, addressed, from.sin_port, now_};
  return &peers[slot];
}

// Ports are taken in turn: a late answer for a peer that had to give way would reach another one,
// should its port be taken again at once, as the kernel's random choice may do.
bool UdpRelay::BindFresh(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  for (int i = 0; i < kPortAttempts; ++i) {
    address.sin_port = htons(static_cast<uint16_t>(kFirstPort + bound_++ % kPorts));
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return true;
    if (errno != EADDRINUSE) return false;
  }
  return false;
}

int UdpRelay::OpenSocket(size_t port, uint32_t slot) {
  constexpr int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK;
  UniqueFd fd(::socket(AF_INET, type, 0));
  if (!fd.valid() && errno == EMFILE && open_ > 0) {
    CloseOldest();
    fd.reset(::socket(AF_INET, type, 0));
  }
  // A connected socket takes nothing from any other port of the container.
  const auto* address = reinterpret_cast<const sockaddr*>(&ports_[port].container);
  if (!fd.valid() || !BindFresh(fd.get())) return -1;
  if (::connect(fd.get(), address, sizeof(sockaddr_in)) != 0) return -1;
  EventSource source{EventSource::kUdpPeer, static_cast<uint32_t>(port), slot};
  return events_->Watch(fd.get(), EPOLLIN, source) ? fd.release() : -1;
}

void UdpRelay::ClosePeer(size_t port, uint32_t slot) {
  Peer* peers = PeersOf(port);
  ::close(peers[slot].fd);
  peers[slot].fd = 0;
  --open_;
  uint32_t& slots = ports_[port].slots;
  while (slots > 0 && peers[slots - 1].fd == 0) --slots;
}

void UdpRelay::MoveTo(in_addr container) {
  for (size_t port = 0; port < ports_.size(); ++port) {
    ports_[port].container.sin_addr = container;
    for (uint32_t slot = ports_[port].slots; slot-- > 0;) {
      if (PeersOf(port)[slot].fd != 0) ClosePeer(port, slot);
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
