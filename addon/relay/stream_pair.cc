#include "relay/stream_pair.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace bryo {
namespace {

// Bytes that one splice(2) asks for: more than a pipe holds.
constexpr size_t kAtOnce = 1 << 20;
// Of one direction before other connections have their turn.
constexpr int kRounds = 64;

bool Fill(StreamPair& pair, uint32_t from, PipePool& pipes, bool& moved) {
  StreamPair::Direction& direction = pair.directions[from];
  if (direction.ended) return true;
  if (!direction.pipe.is_open() && !pipes.Take(direction.pipe)) return false;
  ssize_t size = ::splice(pair.fds[from], nullptr, direction.pipe.write, nullptr, kAtOnce,
                          SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) direction.ended = true;
  direction.pipe.held += static_cast<size_t>(size);
  moved = true;
  return true;
}

bool Drain(StreamPair& pair, uint32_t from, bool& moved) {
  Pipe& pipe = pair.directions[from].pipe;
  while (pipe.held > 0) {
    ssize_t size = ::splice(pipe.read, nullptr, pair.fds[1 - from], nullptr, pipe.held,
                            SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno == EAGAIN;
    pipe.held -= static_cast<size_t>(size);
    moved = true;
  }
  return true;
}

}  // namespace

Pumped PumpStream(StreamPair& pair, uint32_t from, PipePool& pipes) {
  StreamPair::Direction& direction = pair.directions[from];
  Pumped result = Pumped::kAll;
  bool moved = true;
  for (int round = 0; moved && !direction.done; ++round) {
    moved = false;
    if (!Fill(pair, from, pipes, moved) || !Drain(pair, from, moved)) return Pumped::kBroken;
    if (direction.ended && direction.pipe.held == 0) {
      // An error means that the sink has gone, which its own event tells.
      ::shutdown(pair.fds[1 - from], SHUT_WR);
      direction.done = true;
    }
    if (round == kRounds) {
      result = Pumped::kSome;
      break;
    }
  }
  if (direction.pipe.held == 0) pipes.Return(direction.pipe);
  return result;
}

void SetUpStream(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

void CloseStream(int fd, bool reset) {
  if (fd < 0) return;
  const linger now{1, 0};
  if (reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  ::close(fd);
}

void CloseStreams(StreamPair& pair, PipePool& pipes, bool reset) {
  for (uint32_t side : {0U, 1U}) {
    pipes.Return(pair.directions[side].pipe);
    CloseStream(pair.fds[side], reset);
  }
  pair = {};
}

}  // namespace bryo
