#include "net/dns_flight.h"

#include <sys/random.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/dns_writer.h"

namespace bryo::dns {
namespace {

constexpr int64_t kBudget = 4500;
constexpr size_t kRounds = 2;
// Datagrams of one server before others have their turn.
constexpr int kBurst = 16;

uint16_t RandomId() {
  uint16_t id = 0;
  while (::getrandom(&id, sizeof(id), 0) != sizeof(id)) {
  }
  return id;
}

const sockaddr* Raw(const sockaddr_in6& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

socklen_t SizeOf(const sockaddr_in6& address) {
  return address.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
}

// Whether another server may know better.
bool IsFailure(Rcode code) {
  return code == Rcode::kServerFailure || code == Rcode::kFormatError ||
         code == Rcode::kNotImplemented || code == Rcode::kRefused;
}

}  // namespace

void Flight::Begin(const Client& client, const Query& query, std::vector<sockaddr_in6> servers,
                   int64_t now) {
  client_ = client;
  query_ = query;
  servers.resize(std::min(servers.size(), kMaxServers));
  std::stable_partition(servers.begin(), servers.end(), [&](const sockaddr_in6& server) {
    return !deck_.health.IsDoubted(server, now);
  });
  servers_.reserve(servers.size());
  for (const sockaddr_in6& address : servers) servers_.push_back({address, {}, 0, false});
  until_ = now + kBudget;
  step_ = kBudget / static_cast<int64_t>(kRounds * std::max<size_t>(servers.size(), 1));
  TryNext(now);
}

bool Flight::IsRepeatedBy(const Client& client, const Query& query) const {
  return !client.is_stream() && !client_.is_stream() && client.address == client_.address &&
         client.asked == client_.asked && client.peer.sin6_port == client_.peer.sin6_port &&
         query.id == query_.id && query.question == query_.question;
}

void Flight::TryNext(int64_t now) {
  size_t most = kRounds * servers_.size();
  while (tries_ < most) {
    auto server = static_cast<uint8_t>(tries_++ % servers_.size());
    if (servers_[server].failed) continue;
    if (!Ask(server)) {
      servers_[server].failed = true;
      continue;
    }
    deadline_ = std::min(now + step_, until_);
    return;
  }
  bool is_awaited =
      std::ranges::any_of(servers_, [](const Server& server) { return !server.failed; });
  if (!is_awaited) return FinishAsFailed();
  deadline_ = until_;
}

bool Flight::Ask(uint8_t index) {
  Server& server = servers_[index];
  if (!server.socket.valid()) {
    server.id = RandomId();
    server.socket.reset(
        ::socket(server.address.sin6_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EventSource source{EventSource::kServerDatagram, index, index_, serial_};
    // A connected socket hears nobody else, and what the network says of its server. The kernel
    // chooses a random port (RFC 6056).
    if (!server.socket.valid() ||
        ::connect(server.socket.get(), Raw(server.address), SizeOf(server.address)) != 0 ||
        !deck_.events.Watch(server.socket.get(), EPOLLIN, source)) {
      return false;
    }
  }
  std::vector<uint8_t> message = WriteUpstream(query_, server.id);
  return ::send(server.socket.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0;
}

void Flight::GiveUp(uint8_t index, int64_t now) {
  servers_[index].failed = true;
  servers_[index].socket.reset();
  TryNext(now);
}

void Flight::HandleDatagrams(uint8_t index, int64_t now) {
  for (int i = 0; i < kBurst && !done_ && !stream_.valid(); ++i) {
    int fd = servers_[index].socket.get();
    if (fd < 0) return;
    ssize_t size = ::recv(fd, deck_.buffer.data(), deck_.buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) {
      deck_.health.Failed(servers_[index].address, now);
      return GiveUp(index, now);
    }
    Bytes message = deck_.buffer.first(static_cast<size_t>(size));
    Response response;
    if (ReadResponse(message, servers_[index].id, query_.question, response)) {
      deck_.health.Answered(servers_[index].address);
      return Weigh(index, message, response, now);
    }
  }
}

void Flight::Weigh(uint8_t index, Bytes message, const Response& response, int64_t now) {
  if (IsFailure(response.code) || !response.has_question) {
    if (response.has_question) second_best_.assign(message.begin(), message.end());
    return GiveUp(index, now);
  }
  if (!response.is_truncated) return Finish(message);
  second_best_.assign(message.begin(), message.end());
  StartStream(index, now);
}

void Flight::StartStream(uint8_t index, int64_t now) {
  const Server& server = servers_[index];
  // Whatever else comes by datagram is no longer waited for.
  for (Server& other : servers_) other.socket.reset();
  stream_server_ = index;
  stream_id_ = RandomId();
  stream_bytes_ = WriteUpstream(query_, stream_id_);
  auto size = static_cast<uint16_t>(stream_bytes_.size());
  stream_bytes_.insert(stream_bytes_.begin(),
                       {static_cast<uint8_t>(size >> 8), static_cast<uint8_t>(size)});
  writing_ = true;
  moved_ = 0;
  stream_.reset(
      ::socket(server.address.sin6_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  EventSource source{EventSource::kServerStream, index, index_, serial_};
  if (!stream_.valid() ||
      (::connect(stream_.get(), Raw(server.address), SizeOf(server.address)) != 0 &&
       errno != EINPROGRESS) ||
      !deck_.events.Watch(stream_.get(), EPOLLOUT, source)) {
    return FailStream(now);
  }
  deadline_ = until_;
}

void Flight::HandleStream(int64_t now) {
  if (!stream_.valid() || done_) return;
  if (!writing_) return ReadStream(now);
  if (!WriteStream()) return FailStream(now);
  if (moved_ < stream_bytes_.size()) return;
  writing_ = false;
  moved_ = 0;
  stream_bytes_.assign(2, 0);
  EventSource source{EventSource::kServerStream, stream_server_, index_, serial_};
  if (!deck_.events.Change(stream_.get(), EPOLLIN, source)) FailStream(now);
}

bool Flight::WriteStream() {
  ssize_t size = ::send(stream_.get(), stream_bytes_.data() + moved_, stream_bytes_.size() - moved_,
                        MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  moved_ += static_cast<size_t>(size);
  return true;
}

// First the length of the message, then the message.
void Flight::ReadStream(int64_t now) {
  for (;;) {
    ssize_t size =
        ::recv(stream_.get(), stream_bytes_.data() + moved_, stream_bytes_.size() - moved_, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return FailStream(now);
    moved_ += static_cast<size_t>(size);
    if (moved_ < stream_bytes_.size()) continue;
    size_t length = static_cast<size_t>(stream_bytes_[0]) << 8 | stream_bytes_[1];
    if (length < kHeaderSize) return FailStream(now);
    if (moved_ < length + 2) {
      stream_bytes_.resize(length + 2);
      continue;
    }
    Bytes message = Bytes(stream_bytes_).subspan(2);
    Response response;
    if (!ReadResponse(message, stream_id_, query_.question, response) || !response.has_question ||
        IsFailure(response.code)) {
      return FailStream(now);
    }
    return Finish(message);
  }
}

// The answer that was cut off is still good for a client who can see that it is.
void Flight::FailStream(int64_t now) {
  stream_.reset();
  if (!client_.is_stream()) return FinishAsFailed();
  second_best_.clear();
  GiveUp(stream_server_, now);
}

void Flight::HandleTime(int64_t now) {
  if (done_ || now < deadline_) return;
  if (now >= until_ || stream_.valid()) return FinishAsFailed();
  if (tries_ > 0) deck_.health.Failed(servers_[(tries_ - 1) % servers_.size()].address, now);
  TryNext(now);
}

void Flight::Finish(Bytes message) {
  done_ = true;
  answer_.assign(message.begin(), message.end());
  answer_[0] = static_cast<uint8_t>(query_.id >> 8);
  answer_[1] = static_cast<uint8_t>(query_.id);
  bool is_cut = (answer_[2] << 8 & kFlagTruncated) != 0;
  if (client_.is_stream() || (!is_cut && answer_.size() <= DatagramLimit(query_))) return;
  Answer answer(query_, DatagramLimit(query_));
  answer.SetTruncated();
  answer_ = answer.Finish(static_cast<Rcode>(message[3] & 0xf));
}

void Flight::FinishAsFailed() {
  bool is_cut = !second_best_.empty() && (second_best_[2] << 8 & kFlagTruncated) != 0;
  if (!second_best_.empty() && !(is_cut && client_.is_stream())) return Finish(second_best_);
  done_ = true;
  answer_ = Answer(query_, kPlainDatagram).Finish(Rcode::kServerFailure);
}

}  // namespace bryo::dns
