#include "net/dns_verdict.h"

#include <algorithm>
#include <string_view>

#include "net/dns_asker.h"
#include "net/dns_writer.h"

namespace bryo::dns {
namespace {

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
  for (const auto& [network, own] : asker.places) {
    const Host* host = network->FindByAddress(*address);
    if (host == nullptr) continue;
    for (const std::string& known : host->facts.names) out.AddPointer(known);
    return true;
  }
  return false;
}

std::vector<sockaddr_in6> Servers(const std::vector<Address>& addresses) {
  std::vector<sockaddr_in6> servers;
  servers.reserve(addresses.size());
  for (const Address& address : addresses) servers.push_back(ServerAt(address));
  return servers;
}

std::vector<sockaddr_in6> ServersFor(const Asker& asker) {
  std::vector<Address> addresses;
  if (asker.host() != nullptr) addresses = asker.host()->facts.servers;
  if (!addresses.empty()) return Servers(addresses);
  for (const Place& place : asker.places) {
    const NetworkFacts& facts = place.network->facts();
    if (facts.internal) continue;
    addresses.insert(addresses.end(), facts.servers.begin(), facts.servers.end());
  }
  return Servers(addresses);
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
  if (network == nullptr || !network->HoldsAddress(client) || IsForNobody(query.question)) {
    return Refuse(query, limit, Rcode::kRefused);
  }
  Asker asker = WhoAsks(networks_, network, client);
  // A container that may reach some names only has no other way to them.
  const bool has_names = network->facts().dns;
  if (!has_names && !asker.is_restricted()) return Refuse(query, limit, Rcode::kRefused);
  std::optional<std::string> name = query.question.name.Text();
  Answer answer(query, limit);
  if (has_names && name && query.question.type == kTypePtr && AnswerPointer(asker, *name, answer)) {
    return {answer.Finish(Rcode::kNoError), {}};
  }
  std::string_view host = name ? std::string_view(*name) : std::string_view();
  bool is_ours = TakeDomain(host, network->facts().domain);
  std::vector<Address> addresses;
  for (const Place& place : asker.places) {
    if (!host.empty() && has_names) place.network->Find(host, addresses);
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
  if (asker.MayAsk(name.value_or(""))) return {{}, ServersFor(asker)};
  egress_.RefuseName(asker, name.value_or("?"));
  return Refuse(query, limit, Rcode::kNoSuchName);
}

}  // namespace bryo::dns
