#include "net/egress_events.h"

#include <algorithm>

#include "monitor/clock.h"

namespace bryo {
namespace {

constexpr int64_t kSecond = 1000 * kMillisecond;
constexpr int64_t kSame = 60 * kSecond;
// An event each two seconds in the long run, and so many at once.
constexpr int64_t kCost = 2 * kSecond;
constexpr int64_t kBurst = 20;
// Refusals that are remembered, of each container and of how many.
constexpr size_t kMaxRemembered = 256;
constexpr size_t kMaxPolicies = 4096;

}  // namespace

bool EgressEvents::MayTell(Told& told, const std::string& what, int64_t now) const {
  auto last = told.last.find(what);
  if (last != told.last.end() && now - last->second < kSame) return false;
  told.credit_at = std::max(told.credit_at, now - kBurst * kCost);
  if (told.credit_at + kCost > now) return false;
  told.credit_at += kCost;
  if (told.last.size() >= kMaxRemembered) {
    std::erase_if(told.last, [&](const auto& entry) { return now - entry.second >= kSame; });
  }
  if (told.last.size() >= kMaxRemembered) told.last.clear();
  told.last[what] = now;
  return true;
}

void EgressEvents::Refused(const dns::Place& place, const std::string& what) {
  const uint32_t policy = place.host->facts.policy;
  if (told_.size() >= kMaxPolicies && !told_.contains(policy)) told_.clear();
  Told& told = told_[policy];
  if (!MayTell(told, what, MonotonicNow())) {
    ++told.omitted;
    return;
  }
  holder_.Tell({place.network->id(), policy, told.omitted, what});
  told.omitted = 0;
}

}  // namespace bryo
