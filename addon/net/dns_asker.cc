#include "net/dns_asker.h"

#include <algorithm>

namespace bryo::dns {

bool Asker::is_inside() const {
  return std::ranges::all_of(places,
                             [](const Place& place) { return place.network->facts().internal; });
}

bool Asker::is_restricted() const {
  return std::ranges::all_of(places, [](const Place& place) {
    return place.host != nullptr && place.host->facts.policy != 0;
  });
}

bool Asker::MayAsk(std::string_view name) const {
  return !is_restricted() || std::ranges::any_of(places, [&](const Place& place) {
    return std::ranges::any_of(place.host->facts.rules,
                               [&](const NameRule& rule) { return rule.Fits(name); });
  });
}

Asker WhoAsks(Networks& networks, const Network* asked, const Address& client) {
  Asker asker;
  const Host* host = asked->FindByAddress(client);
  asker.places.push_back({asked, host});
  if (host == nullptr) return asker;
  const std::string& container = host->facts.container;
  for (const Network* other : networks.OthersOf(container, asked)) {
    asker.places.push_back({other, other->FindContainer(container)});
  }
  return asker;
}

}  // namespace bryo::dns
