#include "net/gate_sockets.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "sys/io.h"

namespace bryo::gate {
namespace {

constexpr int kBacklog = 4096;

bool SetOn(int fd, int level, int option) {
  const int on = 1;
  return ::setsockopt(fd, level, option, &on, sizeof(on)) == 0;
}

Status OpenDevice(UniqueFd& out) {
  UniqueFd device(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", kDevice);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  UniqueFd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!device.valid() || ::ioctl(device.get(), TUNSETIFF, &request) != 0) {
    return Status::Errno("gate device");
  }
  // The packets of its connections come back from where no route leads.
  for (const char* name : {"all", kDevice}) {
    char path[64];
    std::snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s/rp_filter", name);
    (void)WriteFileAt(AT_FDCWD, path, "0");
  }
  request.ifr_flags = IFF_UP;
  if (::ioctl(control.get(), SIOCSIFFLAGS, &request) != 0) return Status::Errno("gate device");
  out = std::move(device);
  return {};
}

// Accepts connections to any address.
UniqueFd OpenListener(int family) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  socklen_t size = sizeof(sockaddr_in);
  bool is_set = fd.valid() && SetOn(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (family == AF_INET6) {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address);
    ipv6->sin6_port = htons(kPort);
    ipv6->sin6_addr = in6addr_loopback;
    size = sizeof(*ipv6);
    is_set = is_set && SetOn(fd.get(), IPPROTO_IPV6, IPV6_TRANSPARENT) &&
             SetOn(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  } else {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address);
    ipv4->sin_port = htons(kPort);
    ipv4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_set = is_set && SetOn(fd.get(), IPPROTO_IP, IP_TRANSPARENT);
  }
  bool listens = is_set && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                 ::listen(fd.get(), kBacklog) == 0;
  return listens ? std::move(fd) : UniqueFd();
}

}  // namespace

Status OpenSockets(Sockets& out) {
  Status device = OpenDevice(out.device);
  if (!device.ok()) return device;
  out.listeners[0] = OpenListener(AF_INET);
  if (!out.listeners[0].valid()) return Status::Errno("gate listener");
  out.listeners[1] = OpenListener(AF_INET6);
  bool is_taken = !out.listeners[1].valid() && errno == EADDRINUSE;
  return is_taken ? Status::Errno("gate listener") : Status();
}

}  // namespace bryo::gate
