// Tells of what egress policies refuse by events (bryo-events(1)).
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "net/dns_refusals.h"
#include "net/service_requests.h"

namespace bryo {

// Containers may try what they like, as often as they like: of each there are few events at a time,
// of the same refusal one a minute, and the next event says how many there were none of.
class EgressEvents : public dns::Refusals {
 public:
  // The holder writes them.
  explicit EgressEvents(const HolderChannel& holder) : holder_(holder) {}

  void Refused(const dns::Place& place, const std::string& what) override;

 private:
  struct Told {
    std::unordered_map<std::string, int64_t> last;  // when each was told of
    int64_t credit_at = 0;                          // when all events may be had again
    uint64_t omitted = 0;
  };

  bool MayTell(Told& told, const std::string& what, int64_t now) const;

  const HolderChannel& holder_;
  std::unordered_map<uint32_t, Told> told_;
};

}  // namespace bryo
