#include "monitor/journal.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace bryo {
namespace {

constexpr char kSocket[] = "/run/systemd/journal/socket";
constexpr int kPatience = 1000;  // milliseconds

}  // namespace

void AppendJournalField(std::string& entry, std::string_view name, std::string_view value) {
  entry += name;
  entry += '\n';
  for (uint64_t size = value.size(), i = 0; i < 8; ++i, size >>= 8) {
    entry += static_cast<char>(size & 0xff);
  }
  entry += value;
  entry += '\n';
}

bool Journal::Connect() {
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, kSocket, sizeof(kSocket));
  if (socket_.valid() &&
      ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    return true;
  }
  socket_.reset();
  return false;
}

bool Journal::Send(std::string_view entry) {
  // A journal that was started anew has another socket.
  for (int attempt = 0; attempt < 3; ++attempt) {
    if (!socket_.valid() && !Connect()) return false;
    if (::send(socket_.get(), entry.data(), entry.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    if (errno == EAGAIN) {
      pollfd writable{socket_.get(), POLLOUT, 0};
      ::poll(&writable, 1, kPatience);
      continue;
    }
    bool gone = errno == ECONNREFUSED || errno == ENOTCONN || errno == ECONNRESET;
    if (!gone) return false;
    socket_.reset();
  }
  return false;
}

}  // namespace bryo
