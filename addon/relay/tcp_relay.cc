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
    SocketAddress from;
    socklen_t size = sizeof(from);
    int client = ::accept4(own.socket.get(), &from.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (client >= 0) {
      Endpoint endpoint;
      ReadSocketAddress(from, endpoint);
      Accept(client, endpoint, own.container_port);
    } else if (errno == EMFILE || errno == ENFILE) {
      return RefuseOne(own.socket.get());
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

// A socket on its way from `source` (null: whatever the kernel takes); below 0 see errno.
int TcpRelay::ConnectFrom(const Endpoint* source, const Endpoint& to) const {
  const bool ipv6 = !to.is_ipv4();
  UniqueFd fd(::socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return -1;
  SocketAddress address;
  if (source != nullptr) {
    socklen_t size = WriteSocketAddress(*source, ipv6, address);
    const int on = 1;
    // Several connections can have an address that is shown.
    if (!ShowForeignAddress(fd.get(), ipv6) ||
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        ::bind(fd.get(), &address.any, size) != 0) {
      return -1;
    }
  }
  socklen_t size = WriteSocketAddress(to, ipv6, address);
  bool on_its_way = ::connect(fd.get(), &address.any, size) == 0 || errno == EINPROGRESS;
  return on_its_way ? fd.release() : -1;
}

// The socket on its way to the container; -1: there is none. Of each way from `way` on the client's
// address is tried first, then the one that stands for it, then whatever the kernel takes. `way` is
// the one after that which was taken.
int TcpRelay::Connect(const Endpoint& from, uint16_t container_port, uint8_t& way) const {
  while (way < RelayTarget::kWays) {
    const ContainerSide* side = target_.Way(from, way++);
    if (side == nullptr) continue;
    const Endpoint to{side->container, htons(container_port), 0};
    const Endpoint stand_in{side->stand_in, 0, 0};
    bool shown = shows_clients_ && from.is_ipv4() == to.is_ipv4() && target_.Shows(from);
    bool stands_in = shows_clients_ && !IsUnspecified(stand_in.address);
    const Endpoint* sources[] = {shown ? &from : nullptr, stands_in ? &stand_in : nullptr};
    for (const Endpoint* source : sources) {
      if (source == nullptr) continue;
      int fd = ConnectFrom(source, to);
      if (fd >= 0) return fd;
    }
    int fd = ConnectFrom(nullptr, to);
    if (fd >= 0) return fd;
  }
  return -1;
}

void TcpRelay::Accept(int client, const Endpoint& from, uint16_t container_port) {
  bool full = free_ == 0 && used_ == kMaxConnections;
  uint8_t way = 0;
  int server = full ? -1 : Connect(from, container_port, way);
  if (server < 0) return CloseStream(client, true);
  uint32_t index = free_ > 0 ? free_ - 1 : used_++;
  Connection& connection = connections_[index];
  if (free_ > 0) free_ = connection.next_free;
  new (&connection) Connection;
  connection.streams.fds[kHostSide] = client;
  connection.streams.fds[kContainerSide] = server;
  connection.container_port = container_port;
  connection.next_way = way;
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

// False: there is no other way to the container.
bool TcpRelay::ConnectOtherwise(uint32_t index) {
  Connection& connection = connections_[index];
  if (connection.next_way == RelayTarget::kWays) return false;
  SocketAddress from;
  socklen_t size = sizeof(from);
  Endpoint client;
  if (::getpeername(connection.streams.fds[kHostSide], &from.any, &size) != 0) return false;
  ReadSocketAddress(from, client);
  int server = Connect(client, connection.container_port, connection.next_way);
  if (server < 0) return false;
  CloseStream(connection.streams.fds[kContainerSide], false);
  connection.streams.fds[kContainerSide] = server;
  SetUpStream(server);
  return events_->Watch(server, kEvents, {EventSource::kConnection, index, kContainerSide});
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
  if (error != 0) {
    if (!ConnectOtherwise(index)) Close(index, true);
    return;
  }
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
