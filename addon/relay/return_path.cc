#include "relay/return_path.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/neighbour_rule.h"
#include "net/netlink.h"

namespace bryo {
namespace {

// Of the routes; a container's network has no other than the kernel's own.
constexpr uint32_t kTable = 1984;
// Behind the table of the container's own addresses (0), before the main one (32766). What goes to
// neighbours does not come back this way, unless it is for the one that stands for clients.
constexpr uint32_t kStandInPriority = kNeighbourPriority - 1;
constexpr uint32_t kPriority = kNeighbourPriority + 1;
constexpr uint16_t kAdd = NLM_F_ACK | NLM_F_CREATE;
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

void AddRoute(NetlinkBatch& batch) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = RT_SCOPE_HOST;
  route.rtm_type = RTN_LOCAL;
  batch.Begin(RTM_NEWROUTE, kAdd, route, "return path", EEXIST);
  batch.Add(RTA_TABLE, kTable);
  batch.Add(RTA_OIF, ::if_nametoindex("lo"));
}

// For what the container itself sends: that comes from the loopback device. `to` is a destination,
// or null.
void BeginRule(NetlinkBatch& batch, uint32_t priority, const Neighbours* to) {
  fib_rule_hdr rule{};
  rule.family = AF_INET;
  rule.action = FR_ACT_TO_TBL;
  if (to != nullptr) rule.dst_len = to->bits;
  batch.Begin(RTM_NEWRULE, kAdd, rule, "return path", EEXIST);
  batch.Add(FRA_PRIORITY, priority);
  batch.Add(FRA_TABLE, kTable);
  batch.AddText(FRA_IIFNAME, "lo");
  if (to != nullptr && to->bits > 0) batch.Add(FRA_DST, to->address);
}

void AddPorts(NetlinkBatch& batch, const fib_rule_port_range& ports) {
  batch.Add(FRA_IP_PROTO, static_cast<uint8_t>(IPPROTO_TCP));
  batch.Add(FRA_SPORT_RANGE, ports);
}

}  // namespace

Status LayReturnPath(const std::vector<HostPort>& ports, const RelayTarget& target) {
  std::vector<fib_rule_port_range> ranges = RangesOf(ports);
  if (ranges.size() > kMostRules) return Status::Errno("return path", E2BIG);
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("return path");
  NetlinkBatch batch;
  AddRoute(batch);
  for (const Neighbours& network : target.neighbours) {
    AddNeighbourRule(batch, network.address, network.bits);
  }
  const Neighbours stand_in{target.stand_in.s_addr, 32};
  for (const fib_rule_port_range& range : ranges) {
    if (!target.neighbours.empty()) {
      BeginRule(batch, kStandInPriority, &stand_in);
      AddPorts(batch, range);
    }
    BeginRule(batch, kPriority, nullptr);
    AddPorts(batch, range);
  }
  return batch.Send(socket.get());
}

}  // namespace bryo
