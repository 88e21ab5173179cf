#include "net/neighbour_rule.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

namespace bryo {

void AddNeighbourRule(NetlinkBatch& batch, in_addr_t network, uint8_t bits) {
  fib_rule_hdr rule{};
  rule.family = AF_INET;
  rule.action = FR_ACT_TO_TBL;
  rule.dst_len = bits;
  batch.Begin(RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, rule, "rule of a network",
              EEXIST);
  batch.Add(FRA_PRIORITY, kNeighbourPriority);
  batch.Add(FRA_TABLE, uint32_t{RT_TABLE_MAIN});
  // Packets that the container itself sends come from the loopback device.
  batch.AddText(FRA_IIFNAME, "lo");
  if (bits > 0) batch.Add(FRA_DST, network);
}

}  // namespace bryo
