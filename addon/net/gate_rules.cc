#include "net/gate_rules.h"

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/gate_sockets.h"
#include "net/names.h"
#include "net/netlink.h"

namespace bryo::gate {
namespace {

// Tables of routes, and where their rules are: before the main one.
constexpr uint32_t kDivertedTable = 1980;
constexpr uint32_t kOpeningTable = 1981;
constexpr uint32_t kDivertedPriority = 1980;
constexpr uint32_t kNearPriority = 1981;
constexpr uint32_t kOpeningPriority = 1982;

// First packets, and no others, have SYN alone of these flags.
constexpr char kIsOpening[] = "tcp flags & (fin | syn | rst | ack) == syn";

std::string Text(uint32_t number) { return std::to_string(number); }

void AddRule(NetlinkBatch& batch, uint8_t family, uint32_t priority, uint32_t mark, uint32_t table,
             bool near) {
  fib_rule_hdr rule{};
  rule.family = family;
  rule.action = FR_ACT_TO_TBL;
  batch.Begin(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule, "gate rule", EEXIST);
  batch.Add(FRA_PRIORITY, priority);
  batch.Add(FRA_FWMARK, mark);
  batch.Add(FRA_TABLE, table);
  // All routes but the default one: bridges, and the uplink's own network.
  if (near) batch.Add(FRA_SUPPRESS_PREFIXLEN, uint32_t{0});
}

void AddDefault(NetlinkBatch& batch, uint8_t family, uint32_t table, uint8_t type, uint8_t scope,
                const char* device) {
  rtmsg route{};
  route.rtm_family = family;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = scope;
  route.rtm_type = type;
  batch.Begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, "gate route");
  batch.Add(RTA_TABLE, table);
  batch.Add(RTA_OIF, ::if_nametoindex(device));
}

Status LayFamily(int socket, uint8_t family) {
  NetlinkBatch batch;
  AddRule(batch, family, kDivertedPriority, kDivertedMark, kDivertedTable, false);
  AddRule(batch, family, kNearPriority, kOpeningMark, RT_TABLE_MAIN, true);
  AddRule(batch, family, kOpeningPriority, kOpeningMark, kOpeningTable, false);
  AddDefault(batch, family, kDivertedTable, RTN_LOCAL, RT_SCOPE_HOST, "lo");
  AddDefault(batch, family, kOpeningTable, RTN_UNICAST, RT_SCOPE_LINK, kDevice);
  return batch.Send(socket);
}

}  // namespace

std::string Rules() {
  const std::string device = std::string("iifname \"") + kDevice + "\" ";
  const std::string divert = " meta mark set " + Text(kDivertedMark) + " accept\n";
  const std::string port = Text(kPort);
  const std::string open = "iifgroup " + Text(kOpenBridges) + " ";
  const std::string own = std::string("add rule inet ") + kTable;
  return "table inet bryo-gate {\n chain prerouting {\n"
         "  type filter hook prerouting priority mangle; policy accept;\n  " +
         device + "meta nfproto ipv4 " + kIsOpening + " tproxy ip to 127.0.0.1:" + port + divert +
         device + "meta nfproto ipv6 " + kIsOpening + " tproxy ip6 to [::1]:" + port + divert +
         open + kIsOpening + " fib daddr type != { local, broadcast, multicast, anycast }" +
         " meta mark set " + Text(kOpeningMark) + " accept\n" +
         "meta l4proto tcp socket transparent 1" + divert + " }\n}\n" + own + " forward " + open +
         "oifname \"" + kDevice + "\" ct state new accept\n" + own + " input " + device +
         "meta mark " + Text(kDivertedMark) + " accept\n";
}

Status LayRoutes() {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("gate routes");
  Status laid = LayFamily(socket.get(), AF_INET);
  // A machine without IPv6 has the others all the same.
  if (laid.ok()) (void)LayFamily(socket.get(), AF_INET6);
  return laid;
}

}  // namespace bryo::gate
