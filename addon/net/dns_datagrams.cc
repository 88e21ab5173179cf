#include "net/dns_datagrams.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace bryo::dns {
namespace {

// Room for the address that a datagram came to.
union Control {
  cmsghdr aligned;
  char bytes[CMSG_SPACE(sizeof(in6_pktinfo))];
};

// False: the kernel did not tell.
bool TakeAsked(msghdr& message, Client& client) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
      in_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(part), sizeof(info));
      client.asked = Address(info.ipi_addr);
      client.interface = static_cast<uint32_t>(info.ipi_ifindex);
      return true;
    }
    if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info{};
      std::memcpy(&info, CMSG_DATA(part), sizeof(info));
      client.asked = Address(info.ipi6_addr);
      client.interface = info.ipi6_ifindex;
      return true;
    }
  }
  return false;
}

template <typename Info>
void PutSource(msghdr& message, int level, int type, const Info& info) {
  cmsghdr* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = level;
  part->cmsg_type = type;
  part->cmsg_len = CMSG_LEN(sizeof(info));
  std::memcpy(CMSG_DATA(part), &info, sizeof(info));
  message.msg_controllen = CMSG_SPACE(sizeof(info));
}

}  // namespace

Status Datagrams::Open(const Events& events, Listeners& listeners) {
  for (uint8_t i = 0; i < Listeners::kFamilies; ++i) {
    sockets_[i] = std::move(listeners.datagrams[i]);
    if (sockets_[i].valid() &&
        !events.Watch(sockets_[i].get(), EPOLLIN, {EventSource::kDatagrams, 0, i})) {
      return Status::Errno("names of networks");
    }
  }
  return {};
}

bool Datagrams::Receive(uint8_t socket, std::span<uint8_t> buffer, Client& client,
                        Bytes& message) const {
  for (;;) {
    Control control{};
    iovec part{buffer.data(), buffer.size()};
    client = {};
    client.socket = socket;
    msghdr header{};
    header.msg_name = &client.peer;
    header.msg_namelen = sizeof(client.peer);
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = &control;
    header.msg_controllen = sizeof(control);
    ssize_t size = ::recvmsg(sockets_[socket].get(), &header, 0);
    if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK) continue;
    if (size < 0) return false;
    const auto* peer = reinterpret_cast<const sockaddr*>(&client.peer);
    std::optional<Address> address = Address::Of(peer);
    if (!address || !TakeAsked(header, client)) continue;
    client.address = *address;
    message = Bytes(buffer).first(static_cast<size_t>(size));
    return true;
  }
}

void Datagrams::Send(const Client& client, Bytes message) const {
  Control control{};
  // sendmsg(2) does not change it.
  iovec part{const_cast<uint8_t*>(message.data()), message.size()};
  msghdr header{};
  header.msg_name = const_cast<sockaddr_in6*>(&client.peer);
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = &control;
  header.msg_controllen = sizeof(control);
  auto asked = client.asked.bytes();
  if (client.asked.is_ipv4()) {
    header.msg_namelen = sizeof(sockaddr_in);
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, asked.data(), asked.size());
    PutSource(header, IPPROTO_IP, IP_PKTINFO, info);
  } else {
    header.msg_namelen = sizeof(sockaddr_in6);
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, asked.data(), asked.size());
    info.ipi6_ifindex = client.interface;
    PutSource(header, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
  (void)::sendmsg(sockets_[client.socket].get(), &header, MSG_NOSIGNAL);
}

}  // namespace bryo::dns
