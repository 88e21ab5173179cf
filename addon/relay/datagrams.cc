#include "relay/datagrams.h"

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstring>

namespace bryo {
namespace {

// Room for an address of the host, and an interface (0: any), of one datagram.
struct PacketInfo {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in6_pktinfo))];

  template <typename Info>
  void Write(msghdr& message, int level, int type, const Info& info) {
    std::memset(control, 0, sizeof(control));
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(info));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof(info));
    std::memcpy(CMSG_DATA(header), &info, sizeof(info));
  }
};

bool ReadPacketInfo(msghdr& message, in6_addr& addressed, uint32_t& interface) {
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr) return false;
  if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
    in_pktinfo info{};
    std::memcpy(&info, CMSG_DATA(header), sizeof(info));
    addressed = MappedAddress(info.ipi_spec_dst);
    interface = 0;
    return true;
  }
  if (header->cmsg_level != IPPROTO_IPV6 || header->cmsg_type != IPV6_PKTINFO) return false;
  in6_pktinfo info{};
  std::memcpy(&info, CMSG_DATA(header), sizeof(info));
  addressed = info.ipi6_addr;
  interface = IN6_IS_ADDR_LINKLOCAL(&addressed) ? info.ipi6_ifindex : 0;
  return true;
}

}  // namespace

bool ReceiveFrom(int fd, char (&datagram)[kLargestDatagram], Sender& sender, size_t& size) {
  for (;;) {
    SocketAddress from;
    PacketInfo arrival;
    iovec data{datagram, sizeof(datagram)};
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof(from);
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = arrival.control;
    message.msg_controllen = sizeof(arrival.control);
    ssize_t got = ::recvmsg(fd, &message, MSG_DONTWAIT);
    if (got < 0) return false;
    size = static_cast<size_t>(got);
    // Without a port there is nobody to answer.
    if (ReadSocketAddress(from, sender.from) && sender.from.port != 0 &&
        ReadPacketInfo(message, sender.addressed, sender.interface)) {
      return true;
    }
  }
}

void AnswerTo(HostSocket host, const Sender& sender, const char* data, size_t size) {
  SocketAddress to;
  iovec bytes{const_cast<char*>(data), size};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = WriteSocketAddress(sender.from, host.ipv6, to);
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  PacketInfo departure;
  if (host.ipv6) {
    in6_pktinfo info{};
    info.ipi6_addr = sender.addressed;
    info.ipi6_ifindex = sender.interface;
    departure.Write(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
  } else {
    in_pktinfo info{};
    info.ipi_spec_dst = Ipv4Of(sender.addressed);
    departure.Write(message, IPPROTO_IP, IP_PKTINFO, info);
  }
  ::sendmsg(host.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace bryo
