#include "relay/return_path.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <syslog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/links.h"
#include "net/neighbour_rule.h"
#include "net/netlink.h"
#include "relay/client_routes.h"

namespace bryo {
namespace {

// Of the routes; a container's network has no other than the kernel's own.
constexpr uint32_t kTable = 1984;
// Behind the table of the container's own addresses (0), before the main one (32766). What goes to
// neighbours does not come back this way, unless it is for the one that stands for clients.
constexpr uint32_t kStandInPriority = kNeighbourPriority - 1;
constexpr uint32_t kPriority = kNeighbourPriority + 1;
// A relay that was killed has left its own.
constexpr uint16_t kAdd = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
// Each is looked at for every packet that the container sends.
constexpr size_t kMostRules = 64;

std::vector<fib_rule_port_range> RangesOf(const std::vector<HostPort>& ports) {
  std::vector<uint16_t> numbers;
  numbers.reserve(ports.size());
  for (const HostPort& port : ports) numbers.push_back(port.container_port);
  std::sort(numbers.begin(), numbers.end());
  std::vector<fib_rule_port_range> ranges;
  for (uint16_t number : numbers) {
    if (!ranges.empty() && number <= ranges.back().end + 1) {
      ranges.back().end = number;
    } else {
      ranges.push_back({number, number});
    }
  }
  return ranges;
}

// One protocol's published ports.
struct Ports {
  uint8_t protocol;
  std::vector<fib_rule_port_range> ranges;
};

void AddRouteToAll(NetlinkBatch& batch, int family) {
  rtmsg route{};
  route.rtm_family = static_cast<uint8_t>(family);
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = RT_SCOPE_HOST;
  route.rtm_type = RTN_LOCAL;
  batch.Begin(RTM_NEWROUTE, kAdd, route, "return path", EEXIST);
  batch.Add(RTA_TABLE, kTable);
  batch.Add(RTA_OIF, ::if_nametoindex("lo"));
}

struct Rule {
  uint8_t protocol;
  fib_rule_port_range range;
  uint32_t table;
};

// For what the container itself sends from these ports: that comes from the loopback device. `to`
// is a destination, or null.
void AddRule(NetlinkBatch& batch, int family, const in6_addr* to, const Rule& asked) {
  const bool ipv4 = family == AF_INET;
  fib_rule_hdr rule{};
  rule.family = static_cast<uint8_t>(family);
  rule.action = FR_ACT_TO_TBL;
  if (to != nullptr) rule.dst_len = ipv4 ? 32 : 128;
  batch.Begin(RTM_NEWRULE, kAdd, rule, "return path", EEXIST);
  batch.Add(FRA_PRIORITY, to == nullptr ? kPriority : kStandInPriority);
  batch.Add(FRA_TABLE, asked.table);
  batch.AddText(FRA_IIFNAME, "lo");
  if (to != nullptr) batch.Add(FRA_DST, ipv4 ? &to->s6_addr[12] : &to->s6_addr[0], ipv4 ? 4 : 16);
  batch.Add(FRA_IP_PROTO, asked.protocol);
  batch.Add(FRA_SPORT_RANGE, asked.range);
}

NetworkAddress NetworkOf(const AddressRange& range) {
  NetworkAddress network;
  const size_t skipped = range.is_ipv4() ? 12 : 0;
  network.family = range.is_ipv4() ? AF_INET : AF_INET6;
  std::memcpy(network.bytes, &range.address.s6_addr[skipped], network.size());
  network.bits = static_cast<uint8_t>(range.bits - 8 * skipped);
  return network;
}

Status LayFor(int family, const RelayTarget& target, const Ports& tcp, const Ports& udp) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("return path");
  NetlinkBatch batch;
  // The payload may not have come to it yet, and IPv6 takes no route by a device that is down.
  BringUp(batch, static_cast<int>(::if_nametoindex("lo")), "lo");
  for (const AddressRange& network : target.neighbours) {
    if (network.is_ipv4() == (family == AF_INET)) AddNeighbourRule(batch, NetworkOf(network));
  }
  // Hosts of the same link are neighbours, too.
  const NetworkAddress links{AF_INET6, {0xfe, 0x80}, 10};
  if (family == AF_INET6) AddNeighbourRule(batch, links);
  const ContainerSide& side = family == AF_INET ? target.ipv4 : target.ipv6;
  if (!tcp.ranges.empty()) AddRouteToAll(batch, family);
  for (const fib_rule_port_range& range : tcp.ranges) {
    const Rule rule{tcp.protocol, range, kTable};
    if (!target.neighbours.empty() && !IsUnspecified(side.stand_in)) {
      AddRule(batch, family, &side.stand_in, rule);
    }
    AddRule(batch, family, nullptr, rule);
  }
  uint32_t table = kFirstClientTable;
  for (const fib_rule_port_range& range : udp.ranges) {
    AddRule(batch, family, nullptr, {udp.protocol, range, table++});
  }
  return batch.Send(socket.get());
}

// Kernels without the family, or without rules, and containers that have it switched off, are as
// they were meant to be.
bool LaidFor(int family, const RelayTarget& target, const Ports& tcp, const Ports& udp) {
  Status laid = LayFor(family, target, tcp, udp);
  const bool meant = laid.err() == EAFNOSUPPORT || laid.err() == EOPNOTSUPP || laid.err() == EACCES;
  if (!laid.ok() && !meant) {
    ::syslog(LOG_USER | LOG_WARNING, "published ports hide clients of IPv%d: %s: %s",
             family == AF_INET ? 4 : 6, laid.what().c_str(), std::strerror(laid.err()));
  }
  return laid.ok();
}

}  // namespace

ShownClients LayReturnPath(const std::vector<HostPort>& tcp, std::vector<HostPort>& udp,
                           const RelayTarget& target) {
  Ports streams{IPPROTO_TCP, RangesOf(tcp)};
  Ports datagrams{IPPROTO_UDP, RangesOf(udp)};
  if (streams.ranges.size() > kMostRules) streams.ranges.clear();
  if (datagrams.ranges.size() > kMostRules) datagrams.ranges.clear();
  for (HostPort& port : udp) {
    uint32_t table = kFirstClientTable;
    for (const fib_rule_port_range& range : datagrams.ranges) {
      if (port.container_port >= range.start && port.container_port <= range.end) {
        port.client_table = table;
      }
      ++table;
    }
  }
  if (streams.ranges.empty() && datagrams.ranges.empty()) return {};
  if (!LaidFor(AF_INET, target, streams, datagrams)) return {};
  const bool ipv6 = LaidFor(AF_INET6, target, streams, datagrams);
  return {!streams.ranges.empty(), !datagrams.ranges.empty(), ipv6};
}

}  // namespace bryo
