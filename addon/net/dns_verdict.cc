#include "net/dns_verdict.h"

#include <algorithm>
#include <string_view>

#include "net/dns_writer.h"

namespace bryo::dns {
namespace {

// The container that asks, and the networks whose names are for it, the one that it asked first.
struct Asker {
  const Host* host = nullptr;  // null: it is unknown
  std::vector<const Network*> networks;

  // Containers that are on internal networks only learn nothing of the outside.
  bool is_inside() const {
    return std::ranges::all_of(networks,
                               [](const Network* network) { return network->facts().internal; });
  }
};

Asker WhoAsks(Networks& networks, const Network* asked, const Address& client) {
  Asker asker;
  asker.host = asked->FindByAddress(client);
  asker.networks.push_back(asked);
  if (asker.host == nullptr) return asker;
  for (const Network* other : networks.OthersOf(asker.host->facts.container, asked)) {
    asker.networks.push_back(other);
  }
  return asker;
}

// Takes the domain of the network off. False: the name was not below it.
bool TakeDomain(std::string_view& name, std::string_view domain) {
  if (domain.empty() || !name.ends_with(domain)) return false;
  std::string_view rest = name.substr(0, name.size() - domain.size());
  if (!rest.empty() && !rest.ends_with('.')) return false;
  name = rest.substr(0, rest.empty() ? 0 : rest.size() - 1);
  return true;
}

bool Fits(const Address& address, uint16_t type) {
  if (type == kTypeAny) return true;
  return type == (address.is_ipv4() ? kTypeA : kTypeAaaa);
}

bool AnswerPointer(const Asker& asker, const std::string& name, Answer& out) {
  std::optional<Address> address = Address::ParseReverse(name);
  if (!address) return false;
  for (const Network* network : asker.networks) {
    const Host* host = network->FindByAddress(*address);
    if (host == nullptr) continue;
    for (const std::string& own : host->facts.names) out.AddPointer(own);
    return true;
  }
  return false;
}

std::vector<sockaddr_in6> ServersFor(const Asker& asker) {
  std::vector<Address> addresses;
  if (asker.host != nullptr) addresses = asker.host->facts.servers;
  for (const Network* network : asker.networks) {
    const NetworkFacts& facts = network->facts();
    if (asker.host != nullptr && !asker.host->facts.servers.empty()) break;
    if (facts.internal) continue;
    addresses.insert(addresses.end(), facts.servers.begin(), facts.servers.end());
  }
  std::vector<sockaddr_in6> servers;
  servers.reserve(addresses.size());
  for (const Address& address : addresses) servers.push_back(ServerAt(address));
  return servers;
}

Verdict Refuse(const Query& query, size_t limit, Rcode code) {
  return {Answer(query, limit).Finish(code), {}};
}

bool IsForNobody(const Question& question) {
  return question.klass != kClassIn || question.type == kTypeAxfr || question.type == kTypeIxfr;
}

}  // namespace

Verdict Judge::Decide(const Query& query, const Address& client, const Address& asked,
                      size_t limit) {
  const Network* network = networks_.ByGateway(asked);
  if (network == nullptr || !network->facts().dns || !network->HoldsAddress(client) ||
      IsForNobody(query.question)) {
    return Refuse(query, limit, Rcode::kRefused);
  }
  Asker asker = WhoAsks(networks_, network, client);
  std::optional<std::string> name = query.question.name.Text();
  Answer answer(query, limit);
  if (name && query.question.type == kTypePtr && AnswerPointer(asker, *name, answer)) {
    return {answer.Finish(Rcode::kNoError), {}};
  }
  std::string_view host = name ? std::string_view(*name) : std::string_view();
  bool is_ours = TakeDomain(host, network->facts().domain);
  std::vector<Address> addresses;
  for (const Network* own : asker.networks) {
    if (!host.empty()) own->Find(host, addresses);
  }
  if (!addresses.empty()) {
    // Addresses of the type that is asked for take turns, whatever else there is.
    std::erase_if(addresses, [&](const Address& a) { return !Fits(a, query.question.type); });
    if (!addresses.empty()) {
      auto first = static_cast<ptrdiff_t>(turn_++ % addresses.size());
      std::rotate(addresses.begin(), addresses.begin() + first, addresses.end());
    }
    for (const Address& address : addresses) answer.AddAddress(address);
    return {answer.Finish(Rcode::kNoError), {}};
  }
  if (is_ours || asker.is_inside()) return Refuse(query, limit, Rcode::kNoSuchName);
  return {{}, ServersFor(asker)};
}

}  // namespace bryo::dns
