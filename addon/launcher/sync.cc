#include "launcher/sync.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bryo {

bool SendSync(int socket, const SyncMessage& message, int fd) {
  iovec part{const_cast<SyncMessage*>(&message), sizeof(message)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (fd >= 0) {
    header.msg_control = control;
    header.msg_controllen = sizeof(control);
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == sizeof(message);
}

bool SendSync(int socket, SyncType type, int32_t number) {
  SyncMessage message{};
  message.type = type;
  message.number = number;
  return SendSync(socket, message);
}

void SendFailure(int socket, uint32_t step, const Status& status) {
  SyncMessage message{};
  message.type = SyncType::kFailed;
  message.number = status.err();
  message.step = step;
  std::strncpy(message.text, status.what().c_str(), sizeof(message.text) - 1);
  SendSync(socket, message);
}

bool ReceiveSync(int socket, SyncMessage& message, UniqueFd* fd) {
  iovec part{&message, sizeof(message)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t got;
  do {
    got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got != sizeof(message)) return false;
  message.text[sizeof(message.text) - 1] = '\0';
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    UniqueFd received;
    int number = -1;
    std::memcpy(&number, CMSG_DATA(rights), sizeof(number));
    received.reset(number);
    if (fd != nullptr) *fd = std::move(received);
  }
  return true;
}

}  // namespace bryo
