#include "monitor/client_socket.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace bryo {
namespace {

constexpr int kSendBuffer = 131072;
constexpr int kLastSendBuffer = 212992;

void SetSendBuffer(int fd, int room) {
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
}

}  // namespace

void LimitSendBuffer(int fd) { SetSendBuffer(fd, kSendBuffer); }

Sent SendMessage(int fd, char type, const char* data, size_t size) {
  iovec parts[2] = {{&type, 1}, {const_cast<char*>(data), size}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = size > 0 ? 2 : 1;
  for (;;) {
    if (::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return Sent::kYes;
    if (errno == EINTR) continue;
    return errno == EAGAIN ? Sent::kWouldBlock : Sent::kBroken;
  }
}

void SendLast(int fd, char type, const char* data, size_t size) {
  SetSendBuffer(fd, kLastSendBuffer);
  SendMessage(fd, type, data, size);
}

}  // namespace bryo
