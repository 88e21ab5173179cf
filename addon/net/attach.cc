#include "net/attach.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "net/dhcp.h"
#include "net/egress.h"
#include "net/guard.h"
#include "net/in_child.h"
#include "net/links.h"
#include "net/neighbour_rule.h"
#include "net/netlink.h"
#include "net/plain_routes.h"
#include "net/shaping.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// Devices of a namespace that has gone go a moment later: no name is used again.
std::string FreshName() {
  uint32_t number = 0;
  if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) return "";
  char text[IFNAMSIZ];
  std::snprintf(text, sizeof(text), "veth%08x", number);
  return text;
}

Status Enter(BridgeSpaces spaces) {
  if (::setns(spaces.users, CLONE_NEWUSER) != 0) return Status::Errno("the bridges' namespaces");
  if (::setns(spaces.network, CLONE_NEWNET) != 0) return Status::Errno("the bridges' namespaces");
  return {};
}

Status OpenRoute(UniqueFd& socket) {
  socket = OpenNetlink(NETLINK_ROUTE);
  return socket.valid() ? Status() : Status::Errno("netlink");
}

// A kind of interface that the kernel lacks is told with the module that has it.
Status MadeOf(const char* kind, const Status& made) {
  if (made.err() != EOPNOTSUPP) return made;
  return Status::Error(made.what() + ": the kernel has no interfaces of this kind (modprobe " +
                       kind + ", by an administrator)");
}

// A bridge that somebody else makes at the same time is as good.
Status MakeBridge(const HeaderAttachment& attachment, int socket, int& bridge) {
  bridge = static_cast<int>(::if_nametoindex(attachment.bridge.c_str()));
  if (attachment.unmanaged) {
    return bridge > 0 ? Status() : Status::Errno("bridge " + attachment.bridge, ENODEV);
  }
  if (bridge == 0) {
    NetlinkBatch making;
    AddBridge(making, attachment);
    Status made = MadeOf("bridge", making.Send(socket));
    if (!made.ok()) return made;
    bridge = static_cast<int>(::if_nametoindex(attachment.bridge.c_str()));
    if (bridge == 0) return Status::Errno("bridge " + attachment.bridge, ENODEV);
  }
  if (attachment.internal) KeepInside(attachment.bridge, socket);
  NetlinkBatch batch;
  Status added = AddGateways(batch, attachment, bridge);
  return added.ok() ? batch.Send(socket) : added;
}

// Before anything may come from the port.
Status Restrict(int netfilter, const HeaderAttachment& attachment,
                const std::vector<NetworkAddress>& sources) {
  if (attachment.policy == 0) return netfilter < 0 ? Status() : EndPolicy(netfilter, sources);
  std::vector<EgressOpening> openings;
  for (const std::string& text : attachment.egress) {
    if (!ReadOpening(text, openings.emplace_back())) return Status::Error("bad opening " + text);
  }
  Status laid = netfilter < 0 ? Status::Errno("netfilter", EPROTONOSUPPORT)
                              : LayPolicy(netfilter, attachment.policy, sources, openings);
  if (laid.err() != ENOENT && laid.err() != EPROTONOSUPPORT) return laid;
  return Status::Error(
      "--egress: there is no firewall to hold it: nft is missing, or the kernel has no nf_tables "
      "for bridges and for marks of connections");
}

// `netfilter` is opened for the first port; a kernel may have none.
Status Guard(const HeaderAttachment& attachment, const std::string& host_name,
             UniqueFd& netfilter) {
  GuardedPort port;
  port.interface = host_name;
  if (!ReadMac(attachment.mac, port.mac)) {
    return Status::Error("bad MAC address " + attachment.mac);
  }
  for (const std::string& text : attachment.addresses) {
    NetworkAddress address;
    if (ReadAddress(text, address)) port.addresses.push_back(address);
  }
  if (!netfilter.valid()) netfilter = OpenNetlink(NETLINK_NETFILTER);
  if (!netfilter.valid() && errno != EPROTONOSUPPORT) return Status::Errno("netfilter");
  Status restricted = Restrict(netfilter.get(), attachment, port.addresses);
  if (!restricted.ok() || !netfilter.valid()) return restricted;
  return AllowPort(netfilter.get(), port);
}

Status Shape(const HeaderAttachment& attachment, const std::string& interface, int socket) {
  NetlinkBatch batch;
  auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
  if (index == 0) return Status::Errno("interface " + interface, ENODEV);
  AddShaping(batch, index, attachment.interface_name, attachment.rate);
  return ShapingStatus(batch.Send(socket));
}

Status Connect(const HeaderAttachment& attachment, int socket, int peer_space,
               UniqueFd& netfilter) {
  NetlinkBatch batch;
  if (attachment.driver == LinkDriver::kMacvlan) {
    Status added = AddMacvlan(batch, attachment, peer_space);
    return added.ok() ? MadeOf("macvlan", batch.Send(socket)) : added;
  }
  std::string host_name = attachment.host_name.empty() ? FreshName() : attachment.host_name;
  int bridge = 0;
  Status status = MakeBridge(attachment, socket, bridge);
  if (status.ok()) status = AddPair(batch, attachment, host_name, bridge, peer_space);
  if (status.ok()) status = MadeOf("veth", batch.Send(socket));
  if (status.ok() && attachment.rate > 0) status = Shape(attachment, host_name, socket);
  // Another container's end that is about to go, or a bridge that was removed meanwhile.
  return status.ok() ? Guard(attachment, host_name, netfilter) : status;
}

// Neighbours do not tell the container where to go, but on a LAN of which it has its addresses:
// those of IPv6 come by advertisements (RFC 4862). Kernels without IPv6 have no such file.
void ChooseAdvertisements(const HeaderAttachment& attachment) {
  std::string path = "/proc/sys/net/ipv6/conf/" + attachment.interface_name + "/accept_ra";
  WriteFileAt(AT_FDCWD, path.c_str(), attachment.dhcp.empty() ? "0" : "1");
}

// Once all interfaces have what they begin with.
Status KeepLeases(const std::vector<HeaderAttachment>& attachments, int payload) {
  for (const HeaderAttachment& attachment : attachments) {
    Status kept = attachment.dhcp.empty() ? Status() : KeepLease(attachment, payload);
    if (!kept.ok()) return kept;
  }
  return {};
}

Status SetUp(const std::vector<HeaderAttachment>& attachments) {
  UniqueFd socket;
  Status status = OpenRoute(socket);
  NetlinkBatch batch;
  for (const HeaderAttachment& attachment : attachments) {
    if (!status.ok()) return status;
    auto index = static_cast<int>(::if_nametoindex(attachment.interface_name.c_str()));
    if (index == 0) return Status::Errno("interface " + attachment.interface_name, ENODEV);
    ChooseAdvertisements(attachment);
    if (attachment.rate > 0) status = Shape(attachment, attachment.interface_name, socket.get());
    if (!status.ok()) return status;
    status = SetUpInterface(batch, attachment, index);
  }
  return status.ok() && !batch.empty() ? SendWhenFree(batch, socket.get()) : status;
}

Status OpenSpaceOf(pid_t payload, UniqueFd& space) {
  std::string path = "/proc/" + std::to_string(payload) + "/ns/net";
  space.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return space.valid() ? Status() : Status::Errno("the container's network");
}

// From outside; `socket` is of the container's network then.
Status EnterSpaceOf(pid_t payload, BridgeSpaces spaces, UniqueFd& socket) {
  UniqueFd space;
  Status status = OpenSpaceOf(payload, space);
  if (!status.ok()) return status;
  if (::setns(spaces.users, CLONE_NEWUSER) != 0 || ::setns(space.get(), CLONE_NEWNET) != 0) {
    return Status::Errno("the container's network");
  }
  return OpenRoute(socket);
}

}  // namespace

Status AttachNetworks(const std::vector<HeaderAttachment>& attachments, BridgeSpaces spaces,
                      pid_t payload, UniqueFd& netfilter) {
  auto work = [&](UniqueFd& firewall) {
    UniqueFd space;
    UniqueFd socket;
    UniqueFd process(sys::pidfd_open(payload));
    Status status = OpenSpaceOf(payload, space);
    if (status.ok()) status = Enter(spaces);
    if (status.ok()) status = OpenRoute(socket);
    for (const HeaderAttachment& attachment : attachments) {
      if (status.ok()) status = Connect(attachment, socket.get(), space.get(), firewall);
    }
    if (!status.ok()) return status;
    if (::setns(space.get(), CLONE_NEWNET) != 0) return Status::Errno("the container's network");
    status = SetUp(attachments);
    return status.ok() ? KeepLeases(attachments, process.get()) : status;
  };
  return InChild(work, netfilter);
}

Status AnswerNeighbours(const HeaderAttachment& attachment, BridgeSpaces spaces, pid_t payload) {
  return InChild([&]() {
    UniqueFd socket;
    Status status = EnterSpaceOf(payload, spaces, socket);
    NetlinkBatch batch;
    for (const std::string& text : attachment.addresses) {
      NetworkAddress address;
      if (ReadAddress(text, address)) AddNeighbourRule(batch, address);
    }
    return status.ok() && !batch.empty() ? batch.Send(socket.get()) : status;
  });
}

Status DetachNetwork(const std::string& interface, BridgeSpaces spaces, pid_t payload) {
  return InChild([&]() {
    UniqueFd socket;
    Status status = EnterSpaceOf(payload, spaces, socket);
    if (!status.ok()) return status;
    NetlinkBatch batch;
    batch.Begin(RTM_DELLINK, NLM_F_ACK, ifinfomsg{}, "interface " + interface);
    batch.AddText(IFLA_IFNAME, interface);
    return batch.Send(socket.get());
  });
}

Status RemoveBridge(const std::string& bridge, BridgeSpaces spaces) {
  return InChild([&]() {
    UniqueFd socket;
    Status status = Enter(spaces);
    if (status.ok()) status = OpenRoute(socket);
    if (!status.ok()) return status;
    NetlinkBatch batch;
    batch.Begin(RTM_DELLINK, NLM_F_ACK, ifinfomsg{}, "bridge " + bridge, ENODEV);
    batch.AddText(IFLA_IFNAME, bridge);
    EndKeepInside(bridge, socket.get());
    return batch.Send(socket.get());
  });
}

}  // namespace bryo
