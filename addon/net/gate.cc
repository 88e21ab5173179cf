#include "net/gate.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "monitor/clock.h"
#include "net/dns_files.h"
#include "net/gate_reach.h"

namespace bryo::gate {
namespace {

// Pages of the table exist once connections are in them.
constexpr uint32_t kMaxConnections = 1 << 16;  // numbers of 16 bits
// A client that is told nothing asks anew.
constexpr size_t kMaxAwaited = 4096;
constexpr int kBurst = 64;
constexpr int64_t kSecond = 1000 * kMillisecond;
// The host gives up sooner (tcp(7), tcp_syn_retries).
constexpr int64_t kConnectTime = 180 * kSecond;
// Of a client to go on once it is let in.
constexpr int64_t kEntryTime = 60 * kSecond;
constexpr int kSweepSeconds = 5;

constexpr uint8_t kClientSide = 0;
constexpr uint8_t kServerSide = 1;
constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

using dns::Events;
using dns::EventSource;

sockaddr_in6 SocketAddress(const Address& address, uint16_t port) {
  sockaddr_in6 out = dns::ServerAt(address);
  // At the same place in both families.
  out.sin6_port = htons(port);
  return out;
}

socklen_t SizeOf(const sockaddr_in6& address) {
  return address.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// False: it has none any more.
bool EndsOf(int client, Ends& out) {
  sockaddr_in6 peer{};
  sockaddr_in6 own{};
  socklen_t peer_size = sizeof(peer);
  socklen_t own_size = sizeof(own);
  if (::getpeername(client, reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0 ||
      ::getsockname(client, reinterpret_cast<sockaddr*>(&own), &own_size) != 0) {
    return false;
  }
  auto from = Address::Of(reinterpret_cast<const sockaddr*>(&peer));
  auto to = Address::Of(reinterpret_cast<const sockaddr*>(&own));
  if (!from || !to) return false;
  out = {*from, *to, ntohs(peer.sin6_port), ntohs(own.sin6_port)};
  return true;
}

}  // namespace

Status Gate::Open(Sockets sockets) {
  sockets_ = std::move(sockets);
  void* table = ::mmap(nullptr, kMaxConnections * sizeof(Connection), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (table == MAP_FAILED || !timer_.valid() || !events_.Open() ||
      !events_.Watch(timer_.get(), EPOLLIN, {EventSource::kTimer}) ||
      !events_.Watch(sockets_.device.get(), EPOLLIN, {EventSource::kDevice})) {
    return Status::Errno("gate");
  }
  connections_ = static_cast<Connection*>(table);
  spare_.reset(::fcntl(events_.fd(), F_DUPFD_CLOEXEC, 0));
  for (uint16_t family = 0; family < Sockets::kFamilies; ++family) {
    int fd = sockets_.listeners[family].get();
    if (fd >= 0 && !events_.Watch(fd, EPOLLIN, {EventSource::kListener, 0, family})) {
      return Status::Errno("gate");
    }
  }
  return {};
}

void Gate::Handle() {
  constexpr int kAtOnce = 64;
  epoll_event events[kAtOnce];
  int count = events_.Take(events, kAtOnce);
  now_ = MonotonicNow();
  for (int i = 0; i < count; ++i) {
    EventSource source = Events::SourceOf(events[i]);
    if (source.kind == EventSource::kDevice) HandleDevice();
    if (source.kind == EventSource::kListener) HandleListener(source.index);
    if (source.kind == EventSource::kConnection) HandleConnection(source);
    if (source.kind == EventSource::kTimer) HandleTime();
  }
  SetTimer();
}

void Gate::HandleDevice() {
  uint8_t buffer[kMaxPacket];
  for (int i = 0; i < kBurst; ++i) {
    ssize_t size = ::read(sockets_.device.get(), buffer, sizeof(buffer));
    if (size <= 0) return;
    Bytes packet(buffer, static_cast<size_t>(size));
    std::optional<Opening> opening = ReadOpening(packet);
    if (!opening) continue;
    auto known = awaited_.find(opening->ends);
    if (known == awaited_.end()) {
      Begin(*opening, packet);
    } else if (connections_[known->second].connected) {
      // The client has not heard yet that it may come in.
      LetIn(connections_[known->second]);
    }
  }
}

void Gate::Begin(const Opening& opening, Bytes packet) {
  if (!MayReach(opening.ends.server)) return Refuse(opening, packet, EHOSTUNREACH);
  bool full = free_ == 0 && used_ == kMaxConnections;
  if (full || awaited_.size() >= kMaxAwaited || !shares_.MayBegin(opening.ends.client)) return;
  sockaddr_in6 to = SocketAddress(opening.ends.server, opening.ends.server_port);
  UniqueFd server(::socket(to.sin6_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Without a descriptor the client asks anew in a second.
  if (!server.valid()) return errno == EAFNOSUPPORT ? Refuse(opening, packet, ENETUNREACH) : void();
  SetUpStream(server.get());
  if (::connect(server.get(), reinterpret_cast<sockaddr*>(&to), SizeOf(to)) != 0 &&
      errno != EINPROGRESS) {
    return Refuse(opening, packet, errno);
  }
  uint32_t index = free_ > 0 ? free_ - 1 : used_++;
  Connection& connection = connections_[index];
  uint32_t serial = connection.serial;
  if (free_ > 0) free_ = connection.next_free;
  new (&connection) Connection;
  connection.serial = serial;
  connection.open = true;
  connection.client = opening.ends.client;
  shares_.Begun(connection.client);
  connection.packet = std::make_unique<std::vector<uint8_t>>(packet.begin(), packet.end());
  connection.until = now_ + kConnectTime;
  awaited_.emplace(opening.ends, index);
  EventSource source{EventSource::kConnection, kServerSide, static_cast<uint16_t>(index), serial};
  bool watched = events_.Watch(server.get(), kEvents, source);
  connection.streams.fds[kServerSide] = server.release();
  if (!watched) Close(index, true);
}

void Gate::Refuse(const Opening& opening, Bytes packet, int error) {
  std::vector<uint8_t> answer =
      error == ECONNREFUSED || error == ECONNRESET
          ? WriteReset(opening)
          : WriteUnreachable(opening, packet, error == ENETUNREACH || error == EADDRNOTAVAIL);
  (void)!::write(sockets_.device.get(), answer.data(), answer.size());
}

void Gate::LetIn(const Connection& connection) {
  const std::vector<uint8_t>& packet = *connection.packet;
  (void)!::write(sockets_.device.get(), packet.data(), packet.size());
}

void Gate::HandleConnection(const EventSource& source) {
  Connection& connection = connections_[source.index];
  // The place may be another's since the event.
  if (!connection.open || connection.serial != source.serial) return;
  if (!connection.connected) return FinishConnect(source.index);
  if (connection.streams.fds[kClientSide] >= 0) Pump(source.index);
}

void Gate::FinishConnect(uint32_t index) {
  Connection& connection = connections_[index];
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(connection.streams.fds[kServerSide], SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    std::optional<Opening> opening = ReadOpening(*connection.packet);
    // One whose server says nothing hears nothing.
    if (error != ETIMEDOUT) Refuse(*opening, *connection.packet, error);
    return Close(index, true);
  }
  sockaddr_in6 peer{};
  socklen_t peer_size = sizeof(peer);
  if (::getpeername(connection.streams.fds[kServerSide], reinterpret_cast<sockaddr*>(&peer),
                    &peer_size) != 0) {
    return;
  }
  connection.connected = true;
  connection.until = now_ + kEntryTime;
  LetIn(connection);
}

void Gate::HandleListener(uint16_t family) {
  for (int i = 0; i < kBurst; ++i) {
    UniqueFd client(::accept4(sockets_.listeners[family].get(), nullptr, nullptr,
                              SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.valid()) {
      Adopt(std::move(client));
    } else if (errno == EMFILE || errno == ENFILE) {
      return RefuseOne(family);
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

// A waiting client whom nobody takes would be told of again at once, and for ever.
void Gate::RefuseOne(uint16_t family) {
  spare_.reset();
  int client = ::accept4(sockets_.listeners[family].get(), nullptr, nullptr, SOCK_CLOEXEC);
  Ends ends;
  auto known = client >= 0 && EndsOf(client, ends) ? awaited_.find(ends) : awaited_.end();
  if (known != awaited_.end()) Close(known->second, true);
  CloseStream(client, true);
  spare_.reset(::fcntl(events_.fd(), F_DUPFD_CLOEXEC, 0));
}

void Gate::Adopt(UniqueFd client) {
  Ends ends;
  auto known = EndsOf(client.get(), ends) ? awaited_.find(ends) : awaited_.end();
  if (known == awaited_.end()) return CloseStream(client.release(), true);
  uint32_t index = known->second;
  awaited_.erase(known);
  Connection& connection = connections_[index];
  connection.packet.reset();
  shares_.Arrived(connection.client);
  SetUpStream(client.get());
  EventSource source{EventSource::kConnection, kClientSide, static_cast<uint16_t>(index),
                     connection.serial};
  bool watched = events_.Watch(client.get(), kEvents, source);
  connection.streams.fds[kClientSide] = client.release();
  if (!watched) return Close(index, true);
  Pump(index);
}

void Gate::Pump(uint32_t index) {
  Connection& connection = connections_[index];
  for (uint8_t side : {kClientSide, kServerSide}) {
    Pumped pumped = PumpStream(connection.streams, side, pipes_);
    if (pumped == Pumped::kBroken) return Close(index, true);
    if (pumped == Pumped::kAll) continue;
    EventSource source{EventSource::kConnection, side, static_cast<uint16_t>(index),
                       connection.serial};
    if (!events_.Change(connection.streams.fds[side], kEvents, source)) {
      return Close(index, true);
    }
  }
  if (connection.streams.is_done()) Close(index, false);
}

void Gate::Close(uint32_t index, bool reset) {
  Connection& connection = connections_[index];
  if (connection.packet != nullptr) {
    if (auto opening = ReadOpening(*connection.packet)) awaited_.erase(opening->ends);
  }
  shares_.Closed(connection.client, connection.packet != nullptr);
  CloseStreams(connection.streams, pipes_, reset);
  uint32_t serial = connection.serial + 1;
  connection = {};
  connection.serial = serial;
  connection.next_free = free_;
  free_ = index + 1;
}

void Gate::HandleTime() {
  uint64_t count = 0;
  (void)!::read(timer_.get(), &count, sizeof(count));
  std::vector<uint32_t> late;
  for (const auto& [ends, index] : awaited_) {
    if (connections_[index].until <= now_) late.push_back(index);
  }
  for (uint32_t index : late) Close(index, true);
}

// The timer runs while connections are awaited.
void Gate::SetTimer() {
  bool needed = !awaited_.empty();
  if (needed == timed_) return;
  timed_ = needed;
  itimerspec when{};
  when.it_interval.tv_sec = when.it_value.tv_sec = needed ? kSweepSeconds : 0;
  ::timerfd_settime(timer_.get(), 0, &when, nullptr);
}

}  // namespace bryo::gate
