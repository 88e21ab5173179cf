#include "net/dns_egress.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "net/dns_reach.h"
#include "net/egress_log.h"

namespace bryo::dns {
namespace {

// Records of an answer that are looked at: no sensible one has more.
constexpr size_t kMaxRecords = 256;
// Names on the way from the one that was asked for to that which has addresses.
constexpr int kMaxAliases = 16;
constexpr uint32_t kLongestKept = 3600;  // seconds
// From the answer to the connection: some answers are not to be kept at all.
constexpr int64_t kUse = 5000;
// Of one container at a time; more can only mean to fill the kernel's memory.
constexpr size_t kMaxOpenings = 2048;
constexpr size_t kMaxPolicies = 4096;
// Messages of the log at a time.
constexpr int kBurst = 64;

struct Found {
  std::vector<Address> addresses;
  uint32_t ttl = kLongestKept;
};

std::optional<Address> AddressOf(const AnswerRecord& record) {
  const size_t size = record.data.size();
  bool is_address = (record.type == kTypeA && size == sizeof(in_addr)) ||
                    (record.type == kTypeAaaa && size == sizeof(in6_addr));
  return is_address ? Address::OfBytes(record.data) : std::nullopt;
}

// The addresses of a name, whatever else the answer speaks of.
Found FindAddresses(const std::vector<AnswerRecord>& records, Name name) {
  Found found;
  for (int i = 0; i < kMaxAliases; ++i) {
    auto alias = std::ranges::find_if(records, [&](const AnswerRecord& record) {
      return record.type == kTypeCname && record.klass == kClassIn && record.owner == name;
    });
    if (alias == records.end()) break;
    name = alias->target;
    found.ttl = std::min(found.ttl, alias->ttl);
  }
  for (const AnswerRecord& record : records) {
    if (record.klass != kClassIn || !(record.owner == name)) continue;
    std::optional<Address> address = AddressOf(record);
    if (!address) continue;
    found.addresses.push_back(*address);
    found.ttl = std::min(found.ttl, record.ttl);
  }
  return found;
}

void CutTtls(std::vector<uint8_t>& answer, const std::vector<AnswerRecord>& records) {
  const uint32_t most = htonl(kLongestKept);
  for (const AnswerRecord& record : records) {
    if (record.ttl > kLongestKept) std::memcpy(&answer[record.ttl_at], &most, sizeof(most));
  }
}

std::string TextOf(const Address& address) {
  char text[INET6_ADDRSTRLEN];
  auto bytes = address.bytes();
  int family = address.is_ipv4() ? AF_INET : AF_INET6;
  return ::inet_ntop(family, bytes.data(), text, sizeof(text)) == nullptr ? "?" : text;
}

TimedOpening OpeningOf(const NameRule& rule, uint32_t policy, const Address& address,
                       int64_t milliseconds) {
  TimedOpening opening;
  opening.policy = policy;
  opening.to.network.family = address.is_ipv4() ? AF_INET : AF_INET6;
  opening.to.network.bits = static_cast<uint8_t>(address.bytes().size() * 8);
  std::ranges::copy(address.bytes(), opening.to.network.bytes);
  opening.to.protocol = rule.protocol;
  opening.to.port = rule.port;
  opening.milliseconds = static_cast<uint64_t>(milliseconds);
  return opening;
}

std::string KeyOf(const EgressOpening& opening) {
  std::string key(reinterpret_cast<const char*>(opening.network.bytes), opening.network.size());
  key += static_cast<char>(opening.protocol);
  key.append(reinterpret_cast<const char*>(&opening.port), sizeof(opening.port));
  return key;
}

std::string WordOf(const RefusedPacket& packet) {
  const std::string address = TextOf(packet.server);
  const std::string port = packet.port == 0 ? "" : ":" + std::to_string(packet.port);
  const std::string server =
      port.empty() || packet.server.is_ipv4() ? address : "[" + address + "]";
  switch (packet.protocol) {
    case IPPROTO_TCP:
      return "tcp " + server + port;
    case IPPROTO_UDP:
      return "udp " + server + port;
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
      return "icmp " + server;
    default:
      return "protocol " + std::to_string(packet.protocol) + " " + server + port;
  }
}

}  // namespace

void Egress::Begin(Openings* openings, Refusals* refusals) {
  firewall_ = openings;
  refusals_ = refusals;
}

void Egress::Refuse(const Place& place, const std::string& what) const {
  if (refusals_ != nullptr) refusals_->Refused(place, what);
}

void Egress::RefuseName(const Asker& asker, const std::string& name) {
  Refuse(asker.places.front(), "name " + name);
}

// False: it is open for as long already.
bool Egress::Keep(const TimedOpening& opening, int64_t now) {
  if (openings_.size() >= kMaxPolicies && !openings_.contains(opening.policy)) openings_.clear();
  Kept& own = openings_[opening.policy];
  int64_t end = now + static_cast<int64_t>(opening.milliseconds);
  auto [at, is_new] = own.try_emplace(KeyOf(opening.to), end);
  if (is_new) return true;
  // Half a second is no difference to anybody but the kernel.
  if (at->second + 500 >= end) return false;
  at->second = end;
  return true;
}

bool Egress::HasRoom(uint32_t policy, size_t more, int64_t now) {
  auto own = openings_.find(policy);
  if (own == openings_.end() || own->second.size() + more <= kMaxOpenings) return true;
  std::erase_if(own->second, [&](const auto& entry) { return entry.second <= now; });
  return own->second.size() + more <= kMaxOpenings;
}

// The openings that the policy of one place has for an address of a name.
void Egress::Weigh(const Place& place, const std::string& name, const Told& told,
                   std::vector<TimedOpening>& out) const {
  bool is_named = false;
  bool is_open = false;
  for (const NameRule& rule : place.host->facts.rules) {
    if (!rule.Fits(name)) continue;
    is_named = true;
    if (rule.within ? !rule.within->Holds(told.address) : !told.is_common) continue;
    is_open = true;
    out.push_back(OpeningOf(rule, place.host->facts.policy, told.address, told.milliseconds));
  }
  if (!is_named || is_open) return;
  const char* why =
      told.is_common ? " is not where the policy has the name" : " is a private address";
  Refuse(place, "name " + name + ": " + TextOf(told.address) + why);
}

bool Egress::Take(const Client& client, std::vector<uint8_t>& answer, int64_t now) {
  if (firewall_ == nullptr) return true;
  const Network* network = networks_.ByGateway(client.asked);
  if (network == nullptr) return true;
  Asker asker = WhoAsks(networks_, network, client.address);
  if (std::ranges::none_of(asker.places, [](const Place& place) {
        return place.host != nullptr && place.host->facts.policy != 0;
      })) {
    return true;
  }
  Question question;
  size_t at = kHeaderSize;
  if (answer.size() < kHeaderSize || !question.name.Read(answer, at)) return true;
  std::optional<std::string> name = question.name.Text();
  std::vector<AnswerRecord> records = ReadAnswers(answer, kMaxRecords);
  Found found = FindAddresses(records, question.name);
  if (!name || found.addresses.empty()) return true;
  std::vector<TimedOpening> openings;
  const std::vector<Address> own = OwnAddresses();
  for (const Place& place : asker.places) {
    if (place.host == nullptr || place.host->facts.policy == 0) continue;
    for (const Address& address : found.addresses) {
      bool is_common = IsPublic(address) && std::ranges::find(own, address) == own.end();
      Weigh(place, *name, {address, is_common, int64_t{found.ttl} * 1000 + kUse}, openings);
    }
  }
  for (const Place& place : asker.places) {
    if (place.host == nullptr) continue;
    if (HasRoom(place.host->facts.policy, openings.size(), now)) continue;
    Refuse(place, "name " + *name + ": too many addresses are open");
    return false;
  }
  std::erase_if(openings, [&](const TimedOpening& one) { return !Keep(one, now); });
  CutTtls(answer, records);
  if (openings.empty() || firewall_->Open(openings).ok()) return true;
  // Openings that failed are to be tried anew.
  for (const TimedOpening& opening : openings) openings_.erase(opening.policy);
  return false;
}

void Egress::HandleLog(int log) {
  uint8_t buffer[8192];
  for (int i = 0; i < kBurst; ++i) {
    ssize_t size = ::recv(log, buffer, sizeof(buffer), 0);
    if (size <= 0) return;
    std::span<const uint8_t> message(buffer, static_cast<size_t>(size));
    RefusedPacket packet;
    while (ReadRefused(message, packet)) {
      Place place = networks_.ByPolicy(packet.policy);
      if (place.host != nullptr) Refuse(place, WordOf(packet));
    }
  }
}

}  // namespace bryo::dns
