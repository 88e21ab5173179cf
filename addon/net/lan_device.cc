#include "net/lan_device.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <cstdio>

#include "net/address.h"
#include "net/netlink.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr char kTun[] = "/dev/net/tun";
// Of virtio_net_hdr in linux/virtio_net.h, which C++ cannot read.
constexpr int kHeadSize = 10;
constexpr unsigned kOffloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

// A tap that several processes may open at a time wants to be told so.
Status SetKind(int fd, const std::string& name) {
  ifreq request{};
  std::snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name.c_str());
  for (int queues : {0, IFF_MULTI_QUEUE}) {
    request.ifr_flags = static_cast<short>(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | queues);
    if (::ioctl(fd, TUNSETIFF, &request) == 0) return {};
    if (errno != EINVAL) break;
  }
  return Status::Errno("device " + name);
}

Status SetHeads(int fd, const std::string& name) {
  int size = kHeadSize;
  if (::ioctl(fd, TUNSETVNETHDRSZ, &size) != 0 || ::ioctl(fd, TUNSETOFFLOAD, kOffloads) != 0) {
    return Status::Errno("device " + name);
  }
  return {};
}

}  // namespace

Status OpenLanDevice(const LanDevice& device, UniqueFd& out) {
  const char* path = device.file.empty() ? kTun : device.file.c_str();
  UniqueFd fd(::open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return Status::Errno(path);
  // A macvtap's file has its device already; the name says nothing then.
  Status status = SetKind(fd.get(), device.name);
  if (status.ok()) status = SetHeads(fd.get(), device.name);
  if (status.ok()) out = std::move(fd);
  return status;
}

Status ConfigureInnerDevice(const InnerDevice& device) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  // Nothing but macvlans has any business with it.
  std::string ipv6 = "/proc/sys/net/ipv6/conf/" + device.name + "/disable_ipv6";
  std::string ipv4 = "/proc/sys/net/ipv4/conf/" + device.name + "/forwarding";
  WriteFileAt(AT_FDCWD, ipv6.c_str(), "1");
  if (!WriteFileAt(AT_FDCWD, ipv4.c_str(), "0")) return Status::Errno(ipv4);
  NetlinkBatch batch;
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(::if_nametoindex(device.name.c_str()));
  link.ifi_flags = link.ifi_change = IFF_UP;
  batch.Begin(RTM_NEWLINK, NLM_F_ACK, link, "device " + device.name);
  if (device.mtu > 0) batch.Add(IFLA_MTU, static_cast<uint32_t>(device.mtu));
  unsigned char mac[6];
  if (!device.mac.empty() && ReadMac(device.mac, mac)) batch.Add(IFLA_ADDRESS, mac, sizeof(mac));
  return batch.Send(socket.get());
}

Status MakeInnerDevice(const InnerDevice& device, UniqueFd& out) {
  UniqueFd fd;
  Status status = OpenLanDevice({device.name, ""}, fd);
  if (status.ok() && ::ioctl(fd.get(), TUNSETPERSIST, 1) != 0) {
    status = Status::Errno("device " + device.name);
  }
  if (status.ok()) status = ConfigureInnerDevice(device);
  if (!status.ok()) {
    RemoveInnerDevice(fd.get());
    return status;
  }
  out = std::move(fd);
  return {};
}

void RemoveInnerDevice(int device) {
  // Without it the device stays until the bridges' network goes.
  int removed = ::ioctl(device, TUNSETPERSIST, 0);
  (void)removed;
}

}  // namespace bryo
