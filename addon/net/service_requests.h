// Requests of the process that serves containers (service_process.h), which has no rights over the
// bridges' network and writes no file, to the holder of bridges, which has and does.
//
//   service process                                holder
//   openings of egress policies                ->
//                                              <- whether the firewall has taken them
//   the refusal of an egress policy            ->  it writes an event
//
// Whoever takes hold of the service process can let through what policies refuse: nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/dns_openings.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A refusal that is to be told.
struct ToldRefusal {
  std::string network;  // its id
  uint32_t policy = 0;
  uint64_t omitted = 0;  // others before it that are not told
  std::string what;
};

// The end of the service process.
class HolderChannel : public dns::Openings {
 public:
  explicit HolderChannel(UniqueFd channel) : channel_(std::move(channel)) {}

  // Waits for the holder, though not for ever.
  Status Open(const std::vector<TimedOpening>& openings) override;
  void Tell(const ToldRefusal& refusal) const;

 private:
  Status Ask(const TimedOpening* openings, size_t count);

  UniqueFd channel_;
  uint32_t serial_ = 0;
};

// The holder's end: carries out one request, which anybody may have written. `netfilter` is of the
// bridges' network, `directory` that of all networks. False: the other end is closed.
bool AnswerRequest(int channel, int netfilter, const std::string& directory);

}  // namespace bryo
