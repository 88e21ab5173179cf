// The container's address while networks come and go.
#pragma once

#include <netinet/in.h>

#include <vector>

#include "relay/events.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Hears of the IPv4 addresses in this network namespace (rtnetlink(7)). Published ports lead to the
// one that they led to first for as long as it is there, then to the one that is there for longest.
class OwnAddress {
 public:
  Status Open(const Events& events, in_addr first);

  // Handles what an event tells. True: `get` has changed.
  bool Handle();

  in_addr get() const { return current_; }

 private:
  bool Ask() const;
  // False: nothing was there, or messages were lost.
  bool Receive();
  void Take(const void* message, uint16_t type);

  UniqueFd socket_;
  in_addr current_{};
  std::vector<in_addr_t> addresses_;
};

}  // namespace bryo
