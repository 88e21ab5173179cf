// The container's addresses while networks come and go.
#pragma once

#include <linux/netlink.h>

#include <vector>

#include "relay/events.h"
#include "relay/port.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Hears of the addresses in this network namespace (rtnetlink(7)). Published ports lead to the one
// of each family that they led to first for as long as it is there, then to the one that is there
// for longest; to none when there is none.
class OwnAddresses {
 public:
  Status Open(const Events& events, const RelayTarget& first);

  // Handles what an event tells. True: one of the addresses has changed.
  bool Handle();

  const in6_addr& ipv4() const { return ipv4_.current; }
  const in6_addr& ipv6() const { return ipv6_.current; }

 private:
  struct Family {
    in6_addr current{};
    std::vector<in6_addr> all;

    bool Choose();
  };

  // False: nothing was there, or messages were lost.
  bool Receive();
  void Take(nlmsghdr* head, bool added);

  UniqueFd socket_;
  Family ipv4_;
  Family ipv6_;
};

}  // namespace bryo
