// The container that asks, and the networks whose names are for it.
#pragma once

#include <string_view>
#include <vector>

#include "net/dns_networks.h"

namespace bryo::dns {

struct Asker {
  // The network that it asked by first. Of somebody unknown there is only that, without a host.
  std::vector<Place> places;

  const Host* host() const { return places.front().host; }
  // Containers that are on internal networks only learn nothing of the outside.
  bool is_inside() const;
  // Whether there is no place from which it may reach all names.
  bool is_restricted() const;
  // Whether there is one from which it may reach this name, in lower case.
  bool MayAsk(std::string_view name) const;
};

// `client` has asked at a gateway of `asked`.
Asker WhoAsks(Networks& networks, const Network* asked, const Address& client);

}  // namespace bryo::dns
