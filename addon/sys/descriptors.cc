#include "sys/descriptors.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bryo {

bool SeqpacketPair(UniqueFd& ours, UniqueFd& theirs) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) return false;
  ours.reset(pair[0]);
  theirs.reset(pair[1]);
  return true;
}

ssize_t SendDescriptors(int socket, const void* data, size_t size, std::span<const int> fds) {
  iovec part{const_cast<void*>(data), size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  if (fds.size() > kMaxDescriptors) {
    errno = EINVAL;
    return -1;
  }
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(fds.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size_bytes());
    std::memcpy(CMSG_DATA(rights), fds.data(), fds.size_bytes());
  }
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t ReceiveDescriptors(int socket, void* data, size_t size, std::vector<UniqueFd>& fds) {
  iovec part{data, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxDescriptors)] = {};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  ssize_t got;
  // A peer that has gone without having read everything is told of once, before what it said last.
  do {
    got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  if (got < 0) return got;
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS) return got;
  size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
  for (size_t i = 0; i < count; ++i) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights) + i * sizeof(int), sizeof(int));
    fds.emplace_back(fd);
  }
  return got;
}

std::vector<int> ReleaseAll(std::vector<UniqueFd>& fds) {
  std::vector<int> numbers;
  numbers.reserve(fds.size());
  for (UniqueFd& fd : fds) numbers.push_back(fd.release());
  fds.clear();
  return numbers;
}

void Renumber(std::span<const int> fds, int first) {
  int end = first + static_cast<int>(fds.size());
  std::vector<int> moved;
  for (int fd : fds) moved.push_back(::fcntl(fd, F_DUPFD_CLOEXEC, end));
  for (int fd : moved) ::dup2(fd, first++);
}

void CloseAllBut(std::vector<int> keep) {
  std::sort(keep.begin(), keep.end());
  unsigned next = 3;
  for (int fd : keep) {
    if (fd < 3) continue;
    auto kept = static_cast<unsigned>(fd);
    if (kept > next) ::syscall(SYS_close_range, next, kept - 1, 0);
    next = std::max(next, kept + 1);
  }
  ::syscall(SYS_close_range, next, ~0U, 0);
}

}  // namespace bryo
