#include "api/outgoing.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace bryo::api {
namespace {

// Larger blocks are given back once they are sent.
constexpr size_t kKeptCapacity = 4096;

}  // namespace

void Outgoing::Add(std::string_view bytes) { bytes_.append(bytes); }

Outgoing::Result Outgoing::Flush(int socket) {
  while (!empty()) {
    ssize_t n =
        ::send(socket, bytes_.data() + at_, bytes_.size() - at_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN ? Result::kWaits : Result::kBroken;
    at_ += static_cast<size_t>(n);
  }
  bytes_.clear();
  at_ = 0;
  if (bytes_.capacity() > kKeptCapacity) bytes_.shrink_to_fit();
  return Result::kDone;
}

Outgoing::Result Outgoing::Send(int socket, std::string_view header, std::string_view bytes) {
  if (!empty()) {
    Add(header);
    Add(bytes);
    return Flush(socket);
  }
  iovec parts[2] = {{const_cast<char*>(header.data()), header.size()},
                    {const_cast<char*>(bytes.data()), bytes.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  ssize_t n;
  do {
    n = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (n < 0 && errno == EINTR);
  if (n < 0 && errno != EAGAIN) return Result::kBroken;
  size_t sent = n < 0 ? 0 : static_cast<size_t>(n);
  if (sent < header.size()) Add(header.substr(sent));
  size_t of_bytes = sent < header.size() ? 0 : sent - header.size();
  Add(bytes.substr(of_bytes));
  return empty() ? Result::kDone : Result::kWaits;
}

}  // namespace bryo::api
