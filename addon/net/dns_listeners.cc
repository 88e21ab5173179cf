#include "net/dns_listeners.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/dns_files.h"

namespace bryo::dns {
namespace {

constexpr int kBacklog = 128;

bool SetOn(int fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

UniqueFd OpenSocket(int family, int type) {
  UniqueFd fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fd;
  bool is_datagram = type == SOCK_DGRAM;
  sockaddr_storage address{};
  socklen_t size = 0;
  bool is_set = true;
  if (family == AF_INET6) {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address);
    ipv6->sin6_port = htons(kPort);
    size = sizeof(*ipv6);
    is_set = SetOn(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY) &&
             (!is_datagram || SetOn(fd.get(), IPPROTO_IPV6, IPV6_RECVPKTINFO));
  } else {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address);
    ipv4->sin_port = htons(kPort);
    size = sizeof(*ipv4);
    is_set = !is_datagram || SetOn(fd.get(), IPPROTO_IP, IP_PKTINFO);
  }
  address.ss_family = static_cast<sa_family_t>(family);
  // Connections that one who was killed has left behind are in nobody's way.
  if (!is_datagram) is_set = is_set && SetOn(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (!is_set || ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      (!is_datagram && ::listen(fd.get(), kBacklog) != 0)) {
    return UniqueFd();
  }
  return fd;
}

}  // namespace

Status OpenListeners(Listeners& out) {
  constexpr int kFamily[Listeners::kFamilies] = {AF_INET, AF_INET6};
  for (int i = 0; i < Listeners::kFamilies; ++i) {
    out.datagrams[i] = OpenSocket(kFamily[i], SOCK_DGRAM);
    if (!out.datagrams[i].valid()) {
      if (kFamily[i] == AF_INET6 && errno != EADDRINUSE) break;
      return Status::Errno("names of networks: port 53 of UDP");
    }
    out.streams[i] = OpenSocket(kFamily[i], SOCK_STREAM);
    if (!out.streams[i].valid()) return Status::Errno("names of networks: port 53 of TCP");
  }
  return {};
}

}  // namespace bryo::dns
