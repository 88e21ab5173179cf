#include "net/plain_routes.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/address.h"
#include "net/names.h"
#include "sys/contract.gen.h"

namespace bryo {
namespace {

constexpr uint32_t kInternalPriority = 1985;
constexpr uint32_t kOwnPriority = 1990;
constexpr uint32_t kUplinkPriority = 1991;
constexpr uint32_t kOutwardPriority = 1992;
constexpr uint32_t kNowherePriority = 1993;
constexpr uint32_t kOutwardTable = 1990;

constexpr uint16_t kNew = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;

// Of packets that come from an interface, or of all.
struct Rule {
  uint32_t priority;
  const char* from;
  uint32_t table;  // 0: the way ends there
};

void AddRule(NetlinkBatch& batch, uint8_t family, const Rule& rule) {
  fib_rule_hdr header{};
  header.family = family;
  header.action = rule.table == 0 ? FR_ACT_UNREACHABLE : FR_ACT_TO_TBL;
  batch.Begin(RTM_NEWRULE, kNew, header, "rule of bridges", EEXIST);
  batch.Add(FRA_PRIORITY, rule.priority);
  if (rule.from != nullptr) batch.AddText(FRA_IIFNAME, rule.from);
  if (rule.table != 0) batch.Add(FRA_TABLE, rule.table);
}

Status LayFamily(uint8_t family, int socket) {
  NetlinkBatch batch;
  AddRule(batch, family, {kOwnPriority, "lo", RT_TABLE_MAIN});
  AddRule(batch, family, {kUplinkPriority, kUplink, RT_TABLE_MAIN});
  // Of IPv6 there is no such route: slirp4netns finds nobody behind this namespace.
  AddRule(batch, family, {kOutwardPriority, nullptr, kOutwardTable});
  AddRule(batch, family, {kNowherePriority, nullptr, 0});
  return batch.Send(socket);
}

}  // namespace

void KeepInside(const std::string& bridge, int socket) {
  for (uint8_t family : {AF_INET, AF_INET6}) {
    NetlinkBatch batch;
    AddRule(batch, family, {kInternalPriority, bridge.c_str(), 0});
    // A kernel without IPv6, or without rules: the firewall says the same.
    Status kept = batch.Send(socket);
    (void)kept;
  }
}

void EndKeepInside(const std::string& bridge, int socket) {
  for (uint8_t family : {AF_INET, AF_INET6}) {
    fib_rule_hdr header{};
    header.family = family;
    NetlinkBatch batch;
    batch.Begin(RTM_DELRULE, NLM_F_ACK, header, "rule of a bridge", ENOENT);
    batch.Add(FRA_PRIORITY, kInternalPriority);
    batch.AddText(FRA_IIFNAME, bridge);
    Status ended = batch.Send(socket);
    (void)ended;
  }
}

Status LayPlainRules() {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  Status laid = LayFamily(AF_INET, socket.get());
  // A machine without IPv6 has the others all the same.
  if (laid.ok()) (void)LayFamily(AF_INET6, socket.get());
  return laid;
}

void AddPlainRoute(NetlinkBatch& batch, int uplink) {
  NetworkAddress gateway;
  if (!ReadAddress(kBridgeUplinkGateway, gateway)) return;
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = RT_SCOPE_UNIVERSE;
  route.rtm_type = RTN_UNICAST;
  batch.Begin(RTM_NEWROUTE, kNew, route, "route of bridges", EEXIST);
  batch.Add(RTA_TABLE, kOutwardTable);
  batch.Add(RTA_GATEWAY, gateway.bytes, gateway.size());
  batch.Add(RTA_OIF, static_cast<uint32_t>(uplink));
}

}  // namespace bryo
