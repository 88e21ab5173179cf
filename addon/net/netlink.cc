#include "net/netlink.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace bryo {
namespace {

constexpr size_t kAnswers = 65536;

}  // namespace

void NetlinkBatch::EndRequest() {
  if (bytes_.empty()) return;
  auto size = static_cast<uint32_t>(bytes_.size() - begun_);
  std::memcpy(&bytes_[begun_ + offsetof(nlmsghdr, nlmsg_len)], &size, sizeof(size));
}

void NetlinkBatch::Begin(uint16_t type, uint16_t flags, const void* header, size_t size,
                         std::string_view what, int tolerated) {
  EndRequest();
  begun_ = bytes_.size();
  nlmsghdr message{};
  message.nlmsg_type = type;
  message.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  message.nlmsg_seq = static_cast<uint32_t>(requests_.size());
  AddRaw(&message, sizeof(message));
  AddRaw(header, size);
  requests_.push_back({std::string(what), tolerated, (flags & NLM_F_ACK) != 0});
}

void NetlinkBatch::AddRaw(const void* value, size_t size) {
  size_t at = bytes_.size();
  bytes_.resize(at + NLMSG_ALIGN(size));
  if (size > 0) std::memcpy(&bytes_[at], value, size);
}

void NetlinkBatch::Add(uint16_t type, const void* value, size_t size) {
  nlattr attribute{static_cast<uint16_t>(NLA_HDRLEN + size), type};
  AddRaw(&attribute, sizeof(attribute));
  AddRaw(value, size);
}

void NetlinkBatch::AddText(uint16_t type, std::string_view text) {
  std::string ended(text);
  Add(type, ended.c_str(), ended.size() + 1);
}

size_t NetlinkBatch::Open(uint16_t type) {
  size_t at = bytes_.size();
  Add(type, nullptr, 0);
  return at;
}

void NetlinkBatch::Close(size_t opened) {
  auto size = static_cast<uint16_t>(bytes_.size() - opened);
  std::memcpy(&bytes_[opened + offsetof(nlattr, nla_len)], &size, sizeof(size));
}

Status NetlinkBatch::Send(int socket) {
  EndRequest();
  size_t missing = 0;
  for (const Request& request : requests_) missing += request.acknowledged ? 1 : 0;
  if (::send(socket, bytes_.data(), bytes_.size(), 0) < 0) return Status::Errno("netlink");
  Status first;
  // Not filled: most of it is never touched.
  auto answers = std::make_unique_for_overwrite<unsigned char[]>(kAnswers);
  while (missing > 0) {
    ssize_t got = ::recv(socket, answers.get(), kAnswers, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::Errno("netlink");
    auto left = static_cast<unsigned>(got);
    for (auto* message = reinterpret_cast<nlmsghdr*>(answers.get()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type != NLMSG_ERROR || message->nlmsg_seq >= requests_.size()) continue;
      int error = -reinterpret_cast<nlmsgerr*>(NLMSG_DATA(message))->error;
      const Request& request = requests_[message->nlmsg_seq];
      if (request.acknowledged && missing > 0) --missing;
      if (error == 0 || error == request.tolerated || !first.ok()) continue;
      first = Status::Errno(request.what, error);
      // A batch of nfnetlink that is refused has one answer for all.
      if (!request.acknowledged) return first;
    }
  }
  return first;
}

UniqueFd OpenNetlink(int protocol) {
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
  const int size = static_cast<int>(kAnswers) * 4;
  // The answers to a large batch come before the first of them is read.
  if (socket.valid()) ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
  return socket;
}

bool AskForAddresses(int socket, int flags) {
  struct {
    nlmsghdr header;
    ifaddrmsg body;
  } request{};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETADDR;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.ifa_family = AF_UNSPEC;
  return ::send(socket, &request, sizeof(request), flags) == sizeof(request);
}

}  // namespace bryo
