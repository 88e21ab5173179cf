#include "net/neighbour_rule.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace bryo {

void AddNeighbourRule(NetlinkBatch& batch, const NetworkAddress& network) {
  fib_rule_hdr rule{};
  rule.family = static_cast<uint8_t>(network.family);
  rule.action = FR_ACT_TO_TBL;
  rule.dst_len = network.bits;
  batch.Begin(RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, rule, "rule of a network",
              EEXIST);
  batch.Add(FRA_PRIORITY, kNeighbourPriority);
  batch.Add(FRA_TABLE, uint32_t{RT_TABLE_MAIN});
  // Packets that the container itself sends come from the loopback device.
  batch.AddText(FRA_IIFNAME, "lo");
  if (network.bits == 0) return;
  NetworkAddress first = network;
  for (size_t bit = network.bits; bit < 8 * first.size(); ++bit) {
    first.bytes[bit / 8] &= static_cast<unsigned char>(~(0x80U >> bit % 8));
  }
  batch.Add(FRA_DST, first.bytes, first.size());
}

}  // namespace bryo
