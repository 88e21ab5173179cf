#include "relay/tcp_relay.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

namespace bryo {
namespace {

// One more is refused. Pages of the table exist once connections are in them.
constexpr uint32_t kMaxConnections = 1 << 16;
constexpr int kBacklog = 4096;
// Connections of one port before the others have their turn.
constexpr int kBurst = 64;

constexpr uint32_t kHostSide = 0;
constexpr uint32_t kContainerSide = 1;
constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

bool IsIn(const Neighbours& network, in_addr_t address) {
  return network.bits == 0 || (ntohl(address) ^ ntohl(network.address)) >> (32 - network.bits) == 0;
}

// The client as IPv4; false: it has no such address, or one that means somebody else in the
// container.
bool ClientAddress(const sockaddr_in6& from, const std::vector<Neighbours>& neighbours,
                   sockaddr_in& out) {
  if (from.sin6_family != AF_INET) return false;
  std::memcpy(&out, &from, sizeof(out));
  in_addr_t address = out.sin_addr.s_addr;
  return (ntohl(address) >> 24) != IN_LOOPBACKNET &&
         std::none_of(neighbours.begin(), neighbours.end(),
                      [&](const Neighbours& network) { return IsIn(network, address); });
}

}  // namespace

Status TcpRelay::Open(const Events& events, std::vector<HostPort> ports,
                      const RelayTarget& target) {
  events_ = &events;
  target_ = target;
  ports_ = std::move(ports);
  if (ports_.empty()) return {};
  void* table = ::mmap(nullptr, kMaxConnections * sizeof(Connection), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  spare_.reset(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  if (table == MAP_FAILED || !spare_.valid()) return Status::Errno("port relay");
  connections_ = static_cast<Connection*>(table);
  for (uint32_t index = 0; index < ports_.size(); ++index) {
    int fd = ports_[index].socket.get();
    if (::listen(fd, kBacklog) != 0 ||
        !events.Watch(fd, EPOLLIN, {EventSource::kListener, index})) {
      return Status::Errno("port relay");
    }
  }
  return {};
}

// A waiting connection that nobody takes would be told of again at once, and for ever.
void TcpRelay::RefuseOne(int listener) {
  spare_.reset();
  int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  CloseStream(client, true);
  spare_.reset(::fcntl(0, F_DUPFD_CLOEXEC, 0));
}

void TcpRelay::HandleListener(uint32_t port) {
  const HostPort& own = ports_[port];
  for (int i = 0; i < kBurst; ++i) {
    sockaddr_in6 from{};
    socklen_t size = sizeof(from);
    int client = ::accept4(own.socket.get(), reinterpret_cast<sockaddr*>(&from), &size,
                           SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client >= 0) {
      Accept(client, from, own.container_port);
    } else if (errno == EMFILE || errno == ENFILE) {
      return RefuseOne(own.socket.get());
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

int TcpRelay::OpenSocket(const sockaddr_in* source) const {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return -1;
  if (source == nullptr) return fd.release();
  const int on = 1;
  // An address of somebody else (ip(7), IP_TRANSPARENT), which several connections can have.
  bool bound = ::setsockopt(fd.get(), IPPROTO_IP, IP_TRANSPARENT, &on, sizeof(on)) == 0 &&
               ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
               ::bind(fd.get(), reinterpret_cast<const sockaddr*>(source), sizeof(*source)) == 0;
  return bound ? fd.release() : -1;
}

// The socket on its way to the container; -1: there is none. The client's address is tried first,
// then the one that stands for it, then whatever the kernel takes.
int TcpRelay::Connect(const sockaddr_in6& from, uint16_t container_port) const {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr = target_.container;
  to.sin_port = htons(container_port);
  sockaddr_in client{};
  sockaddr_in stand_in{};
  stand_in.sin_family = AF_INET;
  stand_in.sin_addr = target_.stand_in;
  bool shown = ClientAddress(from, target_.neighbours, client);
  const sockaddr_in* sources[] = {shown ? &client : nullptr, &stand_in};
  for (const sockaddr_in* source : sources) {
    if (source == nullptr || !shows_clients_) continue;
    UniqueFd fd(OpenSocket(source));
    if (!fd.valid()) continue;
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)) == 0 ||
        errno == EINPROGRESS) {
      return fd.release();
    }
    if (errno == ECONNREFUSED) return -1;
  }
  UniqueFd fd(OpenSocket(nullptr));
  if (!fd.valid()) return -1;
  int connected = ::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to));
  return connected == 0 || errno == EINPROGRESS ? fd.release() : -1;
}

void TcpRelay::Accept(int client, const sockaddr_in6& from, uint16_t container_port) {
  bool full = free_ == 0 && used_ == kMaxConnections;
  int server = full ? -1 : Connect(from, container_port);
  if (server < 0) return CloseStream(client, true);
  uint32_t index = free_ > 0 ? free_ - 1 : used_++;
  Connection& connection = connections_[index];
  if (free_ > 0) free_ = connection.next_free;
  new (&connection) Connection;
  connection.streams.fds[kHostSide] = client;
  connection.streams.fds[kContainerSide] = server;
  connection.open = true;
  connection.connecting = true;
  for (uint32_t side : {kHostSide, kContainerSide}) {
    SetUpStream(connection.streams.fds[side]);
    if (!events_->Watch(connection.streams.fds[side], kEvents,
                        {EventSource::kConnection, index, side})) {
      return Close(index, true);
    }
  }
}

void TcpRelay::HandleConnection(uint32_t index, uint32_t side) {
  Connection& connection = connections_[index];
  // The connection may have been closed because of an event before this one.
  if (!connection.open) return;
  if (connection.connecting) {
    if (side == kContainerSide) FinishConnect(index);
    return;
  }
  Settle(index, Pump(connection, kHostSide) && Pump(connection, kContainerSide));
}

void TcpRelay::FinishConnect(uint32_t index) {
  Connection& connection = connections_[index];
  int error = 0;
  socklen_t size = sizeof(error);
  ::getsockopt(connection.streams.fds[kContainerSide], SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return Close(index, true);
  connection.connecting = false;
  // Bytes of the client were told of before there was anybody to take them.
  Settle(index, Pump(connection, kHostSide) && Pump(connection, kContainerSide));
}

bool TcpRelay::Pump(Connection& connection, uint32_t from) {
  Pumped pumped = PumpStream(connection.streams, from, pipes_);
  if (pumped != Pumped::kSome) return pumped == Pumped::kAll;
  auto index = static_cast<uint32_t>(&connection - connections_);
  EventSource source{EventSource::kConnection, index, from};
  return events_->TellAgain(connection.streams.fds[from], kEvents, source);
}

void TcpRelay::Settle(uint32_t index, bool sound) {
  const Connection& connection = connections_[index];
  if (!sound) return Close(index, true);
  if (connection.streams.is_done()) Close(index, false);
}

void TcpRelay::Close(uint32_t index, bool reset) {
  Connection& connection = connections_[index];
  CloseStreams(connection.streams, pipes_, reset);
  connection = {};
  connection.next_free = free_;
  free_ = index + 1;
}

}  // namespace bryo
