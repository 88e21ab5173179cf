#include "net/firewall.h"

#include "net/egress.h"
#include "net/gate_rules.h"
#include "net/names.h"
#include "net/nft.h"

namespace bryo {
namespace {

// Bridges are told by their groups, so that the rules need not change when one comes. Containers
// reach their own gateway's name service and its echo, nothing else that is local here: also not
// the gateways of others, which `fib` finds on other interfaces. `egress` are the rules of
// policies, or empty.
std::string RoutedRules(const std::string& egress) {
  const std::string open = std::to_string(kOpenBridges);
  const std::string all = "{ " + open + ", " + std::to_string(kInternalBridges) + " }";
  const std::string judged = egress.empty() ? "" : "  iifgroup " + open + " jump egress\n";
  return std::string("table inet ") + kTable + " {\n" + egress + R"( chain forward {
  type filter hook forward priority filter; policy drop;
  ct state established,related accept
)" + judged +
         "  iifgroup " + open + " oifname \"" + kUplink + R"(" ct state new accept
 }
 chain input {
  type filter hook input priority filter; policy drop;
  iif lo accept
  ct state established,related accept
  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
  iifgroup )" +
         all + R"( fib daddr . iif type local jump gateway
 }
 chain gateway {
  udp dport 53 accept
  tcp dport 53 accept
  icmp type echo-request accept
  icmpv6 type echo-request accept
  meta l4proto tcp reject with tcp reset
  meta l4proto udp reject
 }
 chain postrouting {
  type nat hook postrouting priority srcnat; policy accept;
  oifname ")" +
         kUplink + R"(" masquerade
 }
}
)";
}

// A port's own MAC address and addresses, in Ethernet and in ARP; no router advertisements, which
// would lead neighbours astray.
std::string GuardRules() {
  return std::string("table bridge ") + kTable + " {\n set " + kMacSet +
         " { type ifname . ether_addr; }\n set " + kAddressSet4 +
         " { type ifname . ether_addr . ipv4_addr; }\n set " + kAddressSet6 +
         " { type ifname . ether_addr . ipv6_addr; }\n" + R"( chain prerouting {
  type filter hook prerouting priority -300; policy drop;
  iifname . ether saddr != @macs drop
  ether type ip iifname . ether saddr . ip saddr @addresses4 accept
  ether type arp arp saddr ip 0.0.0.0 iifname . arp saddr ether @macs accept
  ether type arp iifname . arp saddr ether . arp saddr ip @addresses4 accept
  icmpv6 type { nd-router-advert, nd-redirect } drop
  ether type ip6 ip6 saddr { ::, fe80::/10 } accept
  ether type ip6 iifname . ether saddr . ip6 saddr @addresses6 accept
 }
}
)";
}

}  // namespace

LaidRules LayRules(const std::string& nft, int network) {
  if (nft.empty()) return {};
  const std::string gate = gate::Rules();
  // Containers that forge addresses are under no policy: there is none without the guard.
  const std::string all = RoutedRules(EgressRules(true)) + GuardRules();
  // As a rule the kernel has everything, and one process is enough.
  if (RunNft(nft, network, all + gate)) return {Firewall::kGuarded, true};
  Firewall laid = Firewall::kNone;
  const std::string guarded[] = {all, RoutedRules(EgressRules(false)) + GuardRules(),
                                 RoutedRules("") + GuardRules()};
  for (const std::string& rules : guarded) {
    if (laid == Firewall::kNone && RunNft(nft, network, rules)) laid = Firewall::kGuarded;
  }
  if (laid == Firewall::kNone && RunNft(nft, network, RoutedRules(""))) laid = Firewall::kRouted;
  return {laid, laid != Firewall::kNone && RunNft(nft, network, gate)};
}

}  // namespace bryo
