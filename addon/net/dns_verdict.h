// The decision on a query: an answer from the names of networks, or servers that know more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/dns_address.h"
#include "net/dns_egress.h"
#include "net/dns_message.h"
#include "net/dns_networks.h"

namespace bryo::dns {

struct Verdict {
  std::vector<uint8_t> answer;        // empty: servers are to be asked
  std::vector<sockaddr_in6> servers;  // none: those of the host
};

class Judge {
 public:
  Judge(Networks& networks, Egress& egress) : networks_(networks), egress_(egress) {}

  // `asked` is the address that a query of `client` came to; `limit` the most bytes of an answer.
  Verdict Decide(const Query& query, const Address& client, const Address& asked, size_t limit);

 private:
  Networks& networks_;
  Egress& egress_;
  uint32_t turn_ = 0;  // of addresses that answer to the same name
};

}  // namespace bryo::dns
