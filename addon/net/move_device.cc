#include "net/move_device.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <vector>

#include "net/addresses.h"
#include "net/in_thread.h"
#include "net/netlink.h"
#include "sys/fd.h"

namespace bryo {
namespace {

// Addresses that the device got from its network, and those that the kernel made, have no meaning
// elsewhere.
bool IsMoved(const ifaddrmsg& header) {
  return (header.ifa_flags & IFA_F_PERMANENT) != 0 && header.ifa_scope == RT_SCOPE_UNIVERSE;
}

void Switch(NetlinkBatch& batch, unsigned index, unsigned flags, const std::string& what) {
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(index);
  link.ifi_flags = flags;
  link.ifi_change = IFF_UP;
  batch.Begin(RTM_NEWLINK, NLM_F_ACK, link, what);
}

Status SetUp(const std::string& name, const std::vector<InterfaceAddress>& addresses) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) return Status::Errno("network device " + name);
  NetlinkBatch batch;
  for (const InterfaceAddress& address : addresses) {
    if (!IsMoved(address.header)) continue;
    ifaddrmsg header{};
    header.ifa_family = address.header.ifa_family;
    header.ifa_prefixlen = address.header.ifa_prefixlen;
    header.ifa_index = index;
    batch.Begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, header,
                "address of network device " + name, EEXIST);
    batch.Add(IFA_LOCAL, address.local.data(), address.local.size());
    batch.Add(IFA_ADDRESS, address.local.data(), address.local.size());
    if (!address.broadcast.empty()) {
      batch.Add(IFA_BROADCAST, address.broadcast.data(), address.broadcast.size());
    }
  }
  Switch(batch, index, IFF_UP, "network device " + name);
  return batch.Send(socket.get());
}

}  // namespace

Status MoveNetDevice(const std::string& name, const std::string& new_name, int network) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  unsigned index = ::if_nametoindex(name.c_str());
  if (index == 0) return Status::Errno("network device " + name);
  std::vector<InterfaceAddress> addresses;
  // First, for a device that goes down loses those of IPv6.
  Status status = ListAddresses(socket.get(), index, addresses);
  if (!status.ok()) return status;
  NetlinkBatch down;
  Switch(down, index, 0, "network device " + name);
  status = down.Send(socket.get());
  if (!status.ok()) return status;
  NetlinkBatch batch;
  ifinfomsg link{};
  link.ifi_index = static_cast<int>(index);
  batch.Begin(RTM_NEWLINK, NLM_F_ACK, link, "network device " + name);
  batch.AddText(IFLA_IFNAME, new_name);
  batch.Add(IFLA_NET_NS_FD, static_cast<uint32_t>(network));
  status = batch.Send(socket.get());
  if (!status.ok()) return status;
  return InNetwork(network, [&] { return SetUp(new_name, addresses); });
}

}  // namespace bryo
