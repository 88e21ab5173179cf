#include "net/links.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/random.h>
#include <time.h>

#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "net/names.h"

namespace bryo {
namespace {

constexpr uint16_t kNew = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK;

// Macvlan modes (ip-link(8)) by their words.
struct Mode {
  const char* word;
  uint32_t number;
};

constexpr Mode kModes[] = {{"bridge", MACVLAN_MODE_BRIDGE},
                           {"private", MACVLAN_MODE_PRIVATE},
                           {"vepa", MACVLAN_MODE_VEPA},
                           {"passthru", MACVLAN_MODE_PASSTHRU}};

Status BadAddress(const std::string& text) { return Status::Error("bad address " + text); }

void AddMtu(NetlinkBatch& batch, const HeaderAttachment& attachment) {
  if (attachment.mtu > 0) batch.Add(IFLA_MTU, attachment.mtu);
}

Status AddMac(NetlinkBatch& batch, const HeaderAttachment& attachment) {
  unsigned char mac[6];
  if (attachment.mac.empty()) return {};
  if (!ReadMac(attachment.mac, mac)) return Status::Error("bad MAC address " + attachment.mac);
  batch.Add(IFLA_ADDRESS, mac, sizeof(mac));
  return {};
}

// Without an address of its own a bridge takes the lowest of its ports': containers would lose
// their gateway for seconds when another one comes, until they ask for its address anew.
void AddOwnMac(NetlinkBatch& batch) {
  unsigned char mac[6];
  if (::getrandom(mac, sizeof(mac), 0) != sizeof(mac)) return;
  mac[0] = static_cast<unsigned char>((mac[0] & 0xfc) | 0x02);  // one station, locally administered
  batch.Add(IFLA_ADDRESS, mac, sizeof(mac));
}

}  // namespace

void AddBridge(NetlinkBatch& batch, const HeaderAttachment& attachment) {
  batch.Begin(RTM_NEWLINK, kNew, ifinfomsg{}, "bridge " + attachment.bridge, EEXIST);
  batch.AddText(IFLA_IFNAME, attachment.bridge);
  batch.Add(IFLA_GROUP, attachment.internal ? kInternalBridges : kOpenBridges);
  AddMtu(batch, attachment);
  AddOwnMac(batch);
  size_t info = batch.Open(IFLA_LINKINFO);
  batch.AddText(IFLA_INFO_KIND, "bridge");
  if (attachment.vlan > 0) {
    size_t data = batch.Open(IFLA_INFO_DATA);
    batch.Add(IFLA_BR_VLAN_FILTERING, uint8_t{1});
    batch.Add(IFLA_BR_VLAN_DEFAULT_PVID, static_cast<uint16_t>(attachment.vlan));
    batch.Close(data);
  }
  batch.Close(info);
}

Status AddGateways(NetlinkBatch& batch, const HeaderAttachment& attachment, int bridge) {
  for (const std::string& text : attachment.gateways) {
    NetworkAddress address;
    if (!ReadAddress(text, address)) return BadAddress(text);
    AddAddress(batch, address, bridge);
  }
  BringUp(batch, bridge, attachment.bridge);
  return {};
}

Status AddPair(NetlinkBatch& batch, const HeaderAttachment& attachment,
               const std::string& host_name, int bridge, int peer_space) {
  ifinfomsg link{};
  link.ifi_flags = link.ifi_change = IFF_UP;
  batch.Begin(RTM_NEWLINK, kNew, link, "interface " + attachment.interface_name);
  batch.AddText(IFLA_IFNAME, host_name);
  AddMtu(batch, attachment);
  batch.Add(IFLA_MASTER, static_cast<uint32_t>(bridge));
  size_t info = batch.Open(IFLA_LINKINFO);
  batch.AddText(IFLA_INFO_KIND, "veth");
  size_t data = batch.Open(IFLA_INFO_DATA);
  size_t peer = batch.Open(VETH_INFO_PEER);
  ifinfomsg none{};
  batch.AddRaw(&none, sizeof(none));
  batch.AddText(IFLA_IFNAME, attachment.interface_name);
  AddMtu(batch, attachment);
  batch.Add(IFLA_NET_NS_FD, static_cast<uint32_t>(peer_space));
  Status added = AddMac(batch, attachment);
  batch.Close(peer);
  batch.Close(data);
  batch.Close(info);
  return added;
}

Status AddMacvlan(NetlinkBatch& batch, const HeaderAttachment& attachment, int peer_space) {
  const std::string parent = attachment.parent.empty() ? kUplink : attachment.parent;
  unsigned index = ::if_nametoindex(parent.c_str());
  if (index == 0) return Status::Errno("interface " + parent + " of the bridges' network", ENODEV);
  const Mode* mode = std::begin(kModes);
  while (mode != std::end(kModes) && attachment.mode != mode->word) ++mode;
  if (mode == std::end(kModes)) mode = std::begin(kModes);
  batch.Begin(RTM_NEWLINK, kNew, ifinfomsg{}, "interface " + attachment.interface_name);
  batch.AddText(IFLA_IFNAME, attachment.interface_name);
  AddMtu(batch, attachment);
  batch.Add(IFLA_LINK, static_cast<uint32_t>(index));
  batch.Add(IFLA_NET_NS_FD, static_cast<uint32_t>(peer_space));
  Status added = AddMac(batch, attachment);
  size_t info = batch.Open(IFLA_LINKINFO);
  batch.AddText(IFLA_INFO_KIND, "macvlan");
  size_t data = batch.Open(IFLA_INFO_DATA);
  batch.Add(IFLA_MACVLAN_MODE, mode->number);
  batch.Close(data);
  batch.Close(info);
  return added;
}

void AddAddress(NetlinkBatch& batch, const NetworkAddress& address, int interface) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<uint8_t>(address.family);
  header.ifa_prefixlen = address.bits;
  header.ifa_index = static_cast<uint32_t>(interface);
  // The lease says that nobody else has it.
  if (address.family == AF_INET6) header.ifa_flags = IFA_F_NODAD;
  batch.Begin(RTM_NEWADDR, kNew, header, "address", EEXIST);
  batch.Add(IFA_LOCAL, address.bytes, address.size());
  batch.Add(IFA_ADDRESS, address.bytes, address.size());
  if (address.family != AF_INET || address.bits > 30) return;
  uint32_t broadcast = 0;
  std::memcpy(&broadcast, address.bytes, sizeof(broadcast));
  broadcast |= htonl(0xffffffffU >> address.bits);
  batch.Add(IFA_BROADCAST, broadcast);
}

void BringUp(NetlinkBatch& batch, int interface, const std::string& name) {
  ifinfomsg link{};
  link.ifi_index = interface;
  link.ifi_flags = link.ifi_change = IFF_UP;
  batch.Begin(RTM_NEWLINK, NLM_F_ACK, link, "interface " + name);
}

Status SendWhenFree(NetlinkBatch& batch, int socket) {
  constexpr timespec kPause{0, 5'000'000};
  constexpr int kAttempts = 1'000;
  Status status = batch.Send(socket);
  for (int attempt = 0; status.err() == EADDRINUSE && attempt < kAttempts; ++attempt) {
    ::nanosleep(&kPause, nullptr);
    status = batch.Send(socket);
  }
  return status;
}

void AddRoute(NetlinkBatch& batch, const NetworkAddress& destination, const NetworkAddress& gateway,
              uint32_t metric, int interface) {
  rtmsg header{};
  header.rtm_family = static_cast<uint8_t>(gateway.family);
  header.rtm_dst_len = destination.bits;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  // Of several default routes the first network's is taken as long as it is there.
  uint16_t flags = gateway.family == AF_INET ? NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK : kNew;
  batch.Begin(RTM_NEWROUTE, flags, header, "route", EEXIST);
  if (destination.bits > 0) batch.Add(RTA_DST, destination.bytes, gateway.size());
  batch.Add(RTA_GATEWAY, gateway.bytes, gateway.size());
  if (metric > 0) batch.Add(RTA_PRIORITY, metric);
  if (interface > 0) batch.Add(RTA_OIF, static_cast<uint32_t>(interface));
}

Status SetUpInterface(NetlinkBatch& batch, const HeaderAttachment& attachment, int interface) {
  for (const std::string& text : attachment.addresses) {
    NetworkAddress address;
    if (!ReadAddress(text, address)) return BadAddress(text);
    AddAddress(batch, address, interface);
  }
  BringUp(batch, interface, attachment.interface_name);
  for (const std::string& text : attachment.routes) {
    size_t first = text.find(' ');
    size_t second = text.find(' ', first + 1);
    if (first == std::string::npos || second == std::string::npos) {
      return Status::Error("bad route " + text);
    }
    NetworkAddress destination;
    NetworkAddress gateway;
    std::string to = text.substr(0, first);
    if (!ReadAddress(text.substr(first + 1, second - first - 1), gateway) ||
        (to != "default" && !ReadAddress(to, destination))) {
      return BadAddress(text);
    }
    auto metric = static_cast<uint32_t>(std::strtoul(text.c_str() + second + 1, nullptr, 10));
    AddRoute(batch, destination, gateway, metric, interface);
  }
  return {};
}

}  // namespace bryo
