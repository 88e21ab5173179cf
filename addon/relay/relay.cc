#include "relay/relay.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
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
constexpr int64_t kSweepInterval = 10'000 * kMillisecond;
// Of one socket before the others have their turn.
constexpr int kBurst = 32;

// The kernel's own range for ports that nobody asked for (ip_local_port_range).
constexpr uint32_t kFirstPort = 32768;
constexpr uint32_t kPorts = 60999 - kFirstPort + 1;
constexpr int kPortAttempts = 64;

// An event's subject: the port in the upper half, the peer's slot, or this, in the lower.
constexpr uint32_t kHostSide = UINT32_MAX;
constexpr uint64_t kEnded = UINT64_MAX;

uint64_t EventOf(size_t port, uint32_t slot) { return static_cast<uint64_t>(port) << 32 | slot; }

std::string NameOf(const RelayPort& port) {
  char text[INET_ADDRSTRLEN] = "";
  in_addr address{htonl(port.host_address)};
  ::inet_ntop(AF_INET, &address, text, sizeof(text));
  return std::string(text) + ":" + std::to_string(port.host_port) + "/udp";
}

// An ICMP error for an earlier datagram is reported in place of the next one's being sent.
void Send(int fd, const void* data, size_t size) {
  constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
  if (::send(fd, data, size, flags) < 0 && errno == ECONNREFUSED) ::send(fd, data, size, flags);
}

Status OpenHostSocket(const RelayPort& port, UniqueFd& out) {
  out.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(port.host_address);
  address.sin_port = htons(port.host_port);
  if (!out.valid() || ::setsockopt(out.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof(on)) != 0 ||
      ::bind(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return Status::Errno("cannot publish " + NameOf(port));
  }
  return {};
}

}  // namespace

Status Relay::Bind(const std::vector<RelayPort>& ports, uint32_t container_address) {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  // Pages of it exist once a peer is in them.
  void* table = ::mmap(nullptr, ports.size() * kMaxPeers * sizeof(Peer), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!epoll_.valid() || table == MAP_FAILED) return Status::Errno("UDP relay");
  peers_ = static_cast<Peer*>(table);
  ports_.reserve(ports.size());
  for (const RelayPort& port : ports) {
    Port& own = ports_.emplace_back();
    own.container.sin_family = AF_INET;
    own.container.sin_addr.s_addr = htonl(container_address);
    own.container.sin_port = htons(port.container_port);
    Status opened = OpenHostSocket(port, own.host);
    if (!opened.ok()) return opened;
    if (!Watch(own.host.get(), EventOf(ports_.size() - 1, kHostSide))) {
      return Status::Errno("UDP relay");
    }
  }
  return {};
}

bool Relay::Watch(int fd, uint64_t what) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = what;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

Relay::Peer* Relay::PeersOf(size_t port) const { return peers_ + port * kMaxPeers; }

void Relay::Run(int ended) {
  if (!Watch(ended, kEnded)) return;
  int64_t sweep_at = 0;
  for (;;) {
    epoll_event events[32];
    int timeout = open_ > 0 ? static_cast<int>(kSweepInterval / kMillisecond) : -1;
    int count = ::epoll_wait(epoll_.get(), events, 32, timeout);
    if (count < 0 && errno != EINTR) return;
    now_ = MonotonicNow();
    for (int i = 0; i < count; ++i) {
      uint64_t what = events[i].data.u64;
      if (what == kEnded) return;
      auto port = static_cast<size_t>(what >> 32);
      auto slot = static_cast<uint32_t>(what);
      if (slot == kHostSide) {
        FromHost(port);
      } else {
        FromContainer(port, slot);
      }
    }
    if (now_ < sweep_at) continue;
    CloseIdle();
    sweep_at = now_ + kSweepInterval;
  }
}

void Relay::FromHost(size_t port) {
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

void Relay::Forward(size_t port, const sockaddr_in& from, uint32_t addressed, size_t size) {
  Peer* peer = FindPeer(port, from, addressed);
  if (peer == nullptr) return;
  peer->used = now_;
  Send(peer->fd, datagram_, size);
}

void Relay::FromContainer(size_t port, uint32_t slot) {
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

Relay::Peer* Relay::FindPeer(size_t port, const sockaddr_in& from, uint32_t addressed) {
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
bool Relay::BindFresh(int fd) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  for (int i = 0; i < kPortAttempts; ++i) {
    address.sin_port = htons(static_cast<uint16_t>(kFirstPort + bound_++ % kPorts));
    if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return true;
    if (errno != EADDRINUSE) return false;
  }
  return false;
}

int Relay::OpenSocket(size_t port, uint32_t slot) {
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
  return Watch(fd.get(), EventOf(port, slot)) ? fd.release() : -1;
}

void Relay::ClosePeer(size_t port, uint32_t slot) {
  Peer* peers = PeersOf(port);
  ::close(peers[slot].fd);
  peers[slot].fd = 0;
  --open_;
  uint32_t& slots = ports_[port].slots;
  while (slots > 0 && peers[slots - 1].fd == 0) --slots;
}

void Relay::CloseOldest() {
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

void Relay::CloseIdle() {
  for (size_t port = 0; port < ports_.size(); ++port) {
    for (uint32_t slot = ports_[port].slots; slot-- > 0;) {
      const Peer& peer = PeersOf(port)[slot];
      if (peer.fd != 0 && now_ - peer.used >= kIdle) ClosePeer(port, slot);
    }
  }
}

}  // namespace bryo
