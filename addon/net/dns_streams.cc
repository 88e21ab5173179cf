#include "net/dns_streams.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace bryo::dns {
namespace {

constexpr size_t kMaxConnections = 256;
constexpr size_t kMaxOfClient = 32;
constexpr int64_t kIdle = 10'000;
// Queries of one connection under way; more wait in the network.
constexpr size_t kMaxWaiting = 8;
// No query is longer; also the most that is read ahead.
constexpr size_t kMaxQuery = 4096;
constexpr size_t kLengthSize = 2;
constexpr size_t kMaxUnread = 1 << 17;
// Connections of one listener before others have their turn.
constexpr int kBurst = 64;

}  // namespace

Status Streams::Open(const Events& events, Listeners& listeners) {
  events_ = &events;
  connections_.resize(kMaxConnections);
  spare_.reset(::fcntl(events.fd(), F_DUPFD_CLOEXEC, 0));
  for (uint16_t i = 0; i < Listeners::kFamilies; ++i) {
    listeners_[i] = std::move(listeners.streams[i]);
    if (listeners_[i].valid() &&
        !events.Watch(listeners_[i].get(), EPOLLIN, {EventSource::kListener, 0, i})) {
      return Status::Errno("names of networks");
    }
  }
  return spare_.valid() ? Status() : Status::Errno("names of networks");
}

void Streams::RefuseOne(int listener) {
  spare_.reset();
  UniqueFd refused(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  refused.reset();
  spare_.reset(::fcntl(events_->fd(), F_DUPFD_CLOEXEC, 0));
}

void Streams::HandleListener(uint16_t socket, int64_t now) {
  for (int i = 0; i < kBurst; ++i) {
    int listener = listeners_[socket].get();
    UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (fd.valid()) {
      Accept(std::move(fd), now);
    } else if (errno == EMFILE || errno == ENFILE) {
      return RefuseOne(listener);
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

void Streams::Accept(UniqueFd fd, int64_t now) {
  sockaddr_in6 asked{};
  sockaddr_in6 peer{};
  socklen_t size = sizeof(asked);
  socklen_t peer_size = sizeof(peer);
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&asked), &size) != 0 ||
      ::getpeername(fd.get(), reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) {
    return;
  }
  auto asked_address = Address::Of(reinterpret_cast<const sockaddr*>(&asked));
  auto peer_address = Address::Of(reinterpret_cast<const sockaddr*>(&peer));
  if (!asked_address || !peer_address) return;
  auto own = std::ranges::count_if(connections_, [&](const Connection& connection) {
    return connection.fd.valid() && connection.client.address == *peer_address;
  });
  auto free = std::ranges::find_if(
      connections_, [](const Connection& connection) { return !connection.fd.valid(); });
  if (static_cast<size_t>(own) >= kMaxOfClient || free == connections_.end()) return;
  auto index = static_cast<uint16_t>(free - connections_.begin());
  if (++serial_ == 0) ++serial_;
  *free = {};
  free->client.address = *peer_address;
  free->client.asked = *asked_address;
  free->client.connection = index;
  free->client.serial = serial_;
  free->until = now + kIdle;
  free->watched = EPOLLIN;
  EventSource source{EventSource::kConnection, 0, index, serial_};
  if (events_->Watch(fd.get(), EPOLLIN, source)) free->fd = std::move(fd);
}

Streams::Connection* Streams::Find(uint16_t index, uint32_t serial) {
  if (index >= connections_.size()) return nullptr;
  Connection& connection = connections_[index];
  return connection.fd.valid() && connection.client.serial == serial ? &connection : nullptr;
}

void Streams::HandleConnection(const EventSource& source, uint32_t events, Queries& queries,
                               int64_t now) {
  Connection* connection = Find(source.index, source.serial);
  if (connection == nullptr) return;
  bool is_sound = (events & (EPOLLERR | EPOLLHUP)) == 0;
  if (is_sound && (events & EPOLLOUT) != 0) is_sound = Write(*connection);
  if (is_sound && (events & EPOLLIN) != 0) is_sound = Read(*connection);
  if (!is_sound || !TakeQueries(*connection, queries, now) || !Settle(*connection)) {
    *connection = {};
  }
}

bool Streams::Read(Connection& connection) {
  if (connection.ended || connection.in.size() >= kMaxQuery) return true;
  size_t held = connection.in.size();
  connection.in.resize(kMaxQuery);
  ssize_t size = ::recv(connection.fd.get(), connection.in.data() + held, kMaxQuery - held, 0);
  connection.in.resize(held + static_cast<size_t>(std::max<ssize_t>(size, 0)));
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  connection.ended = size == 0;
  return true;
}

bool Streams::TakeQueries(Connection& connection, Queries& queries, int64_t now) {
  std::vector<uint8_t>& in = connection.in;
  size_t at = 0;
  while (connection.waiting < kMaxWaiting && connection.out.empty() &&
         in.size() - at >= kLengthSize) {
    size_t size = static_cast<size_t>(in[at]) << 8 | in[at + 1];
    if (size < kHeaderSize || size > kMaxQuery - kLengthSize) return false;
    if (in.size() - at < kLengthSize + size) break;
    ++connection.waiting;
    connection.until = now + kIdle;
    queries.Take(connection.client, Bytes(in).subspan(at + kLengthSize, size));
    if (!connection.fd.valid() || !Write(connection)) return false;
    at += kLengthSize + size;
  }
  in.erase(in.begin(), in.begin() + static_cast<ptrdiff_t>(at));
  if (in.empty()) in.shrink_to_fit();
  return true;
}

void Streams::Send(const Client& client, Bytes message) {
  Connection* connection = Find(client.connection, client.serial);
  if (connection == nullptr) return;
  if (connection->waiting > 0) --connection->waiting;
  connection->answered = true;
  std::vector<uint8_t>& out = connection->out;
  // A client who does not read has asked enough.
  if (out.size() > kMaxUnread) {
    *connection = {};
    return;
  }
  out.push_back(static_cast<uint8_t>(message.size() >> 8));
  out.push_back(static_cast<uint8_t>(message.size()));
  out.insert(out.end(), message.begin(), message.end());
}

bool Streams::Write(Connection& connection) {
  std::vector<uint8_t>& out = connection.out;
  while (!out.empty()) {
    ssize_t size = ::send(connection.fd.get(), out.data(), out.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    out.erase(out.begin(), out.begin() + size);
  }
  out.shrink_to_fit();
  return true;
}

// Waits for what can happen next.
bool Streams::Settle(Connection& connection) {
  if (!Write(connection)) return false;
  bool is_idle = connection.waiting == 0 && connection.out.empty();
  if (connection.ended && is_idle) return false;
  bool reads = !connection.ended && connection.out.empty() && connection.waiting < kMaxWaiting;
  uint32_t wanted = (reads ? EPOLLIN : 0U) | (connection.out.empty() ? 0U : EPOLLOUT);
  if (wanted == connection.watched) return true;
  connection.watched = wanted;
  EventSource source{EventSource::kConnection, 0, connection.client.connection,
                     connection.client.serial};
  return events_->Change(connection.fd.get(), wanted, source);
}

void Streams::GoOn(Queries& queries, int64_t now) {
  for (Connection& connection : connections_) {
    while (connection.fd.valid() && connection.answered) {
      connection.answered = false;
      connection.until = now + kIdle;
      if (!Write(connection) || !TakeQueries(connection, queries, now) || !Settle(connection)) {
        connection = {};
      }
    }
  }
}

void Streams::HandleTime(int64_t now) {
  for (Connection& connection : connections_) {
    if (connection.fd.valid() && connection.until <= now) connection = {};
  }
}

int64_t Streams::deadline() const {
  int64_t first = 0;
  for (const Connection& connection : connections_) {
    if (!connection.fd.valid()) continue;
    if (first == 0 || connection.until < first) first = connection.until;
  }
  return first;
}

}  // namespace bryo::dns
