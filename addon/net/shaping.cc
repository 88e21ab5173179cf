#include "net/shaping.h"

#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace bryo {
namespace {

// The largest packets of the bridges have 65,520 bytes: one has to fit.
constexpr uint64_t kLeastBurst = 72'000;
constexpr uint64_t kBurstsPerSecond = 100;
// As long as packets may wait at the full rate; and that of a few large ones.
constexpr uint64_t kWaitsPerSecond = 10;
constexpr uint64_t kLeastWaiting = 4;
constexpr uint64_t kMost = UINT32_MAX;

}  // namespace

void AddShaping(NetlinkBatch& batch, int interface, const std::string& name, uint64_t rate) {
  tcmsg header{};
  header.tcm_family = AF_UNSPEC;
  header.tcm_ifindex = interface;
  header.tcm_parent = TC_H_ROOT;
  batch.Begin(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, header, "rate of " + name);
  batch.AddText(TCA_KIND, "tbf");
  size_t options = batch.Open(TCA_OPTIONS);
  const uint64_t burst = std::max(kLeastBurst, rate / kBurstsPerSecond);
  const uint64_t waiting = std::max(kLeastWaiting * burst, rate / kWaitsPerSecond);
  tc_tbf_qopt parameters{};
  parameters.rate.linklayer = TC_LINKLAYER_ETHERNET;
  parameters.rate.rate = static_cast<uint32_t>(std::min(rate, kMost));
  parameters.limit = static_cast<uint32_t>(std::min(waiting, kMost));
  batch.Add(TCA_TBF_PARMS, parameters);
  batch.Add(TCA_TBF_BURST, static_cast<uint32_t>(std::min(burst, kMost)));
  if (rate > kMost) batch.Add(TCA_TBF_RATE64, rate);
  batch.Close(options);
}

Status ShapingStatus(const Status& status) {
  if (status.err() != ENOENT) return status;
  return Status::Error(status.what() + ": the kernel has no tbf (sch_tbf)");
}

}  // namespace bryo
