#include "attach/connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "monitor/protocol.h"
#include "sys/contract.gen.h"
#include "sys/socket_address.h"

namespace bryo {
namespace {

// A monitor that takes nothing at all has no use for more signals than this.
constexpr size_t kMaxControl = 64;

}  // namespace

Connection::Connection() : credit_(kStdinWindow) {}

Status Connection::Connect(const std::string& directory) {
  UniqueFd dir(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir.valid()) return Status::Errno("open " + directory);
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return Status::Errno("socket");
  const sockaddr_un address = AddressIn(dir.get(), kAttachSocket);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Status::Errno("connect to " + directory + "/attach");
  }
  uid_t uid = 0;
  if (!PeerUid(socket.get(), uid)) {
    return Status::Errno("credentials of " + directory + "/attach");
  }
  if (uid != ::geteuid() && uid != 0) {
    return Status::Errno(directory + "/attach belongs to another user", EACCES);
  }
  socket_ = std::move(socket);
  return {};
}

bool Connection::Send(const std::string& message) {
  ssize_t n;
  do {
    n = ::send(socket_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  // A closed connection shows itself in Receive, after the messages that are still in it.
  return n >= 0 || errno != EAGAIN;
}

void Connection::Queue(std::string message) {
  if (control_.empty() && Send(message)) return;
  if (control_.size() < kMaxControl) control_.push_back(std::move(message));
}

void Connection::SendControl(char type, uint32_t value, size_t bytes) {
  std::string message(1 + bytes, type);
  PutLittle(message.data() + 1, value, bytes);
  Queue(std::move(message));
}

void Connection::SendClose() { Queue(std::string(1, kCloseStdin)); }

bool Connection::SendInput(const std::string& bytes) {
  if (!control_.empty() || !Send(static_cast<char>(kStdin) + bytes)) return false;
  credit_ -= bytes.size();
  return true;
}

void Connection::FlushControl() {
  while (!control_.empty() && Send(control_.front())) control_.erase(control_.begin());
}

long Connection::Receive(char* buffer, size_t capacity) {
  for (;;) {
    ssize_t n = ::recv(socket_.get(), buffer, capacity, MSG_DONTWAIT);
    if (n > 0) return n;
    if (n == 0) return -1;
    if (errno == EAGAIN) return 0;
    // ECONNRESET is said once when the monitor closed with input unread; its last messages follow.
    if (errno != EINTR && errno != ECONNRESET) return -1;
  }
}

}  // namespace bryo
