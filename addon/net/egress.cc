#include "net/egress.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <set>
#include <span>

#include "net/egress_log.h"
#include "net/names.h"
#include "net/nft_change.h"
#include "net/nft_elements.h"

namespace bryo {
namespace {

// Sets of one family and protocol: what is open for good, and for a while.
struct Sets {
  int family;
  uint8_t protocol;
  const char* lasting;
  const char* timed;
};

constexpr Sets kSets[] = {
    {AF_INET, 0, "networks4", "hosts4"},
    {AF_INET, IPPROTO_TCP, "tcp_networks4", "tcp_hosts4"},
    {AF_INET, IPPROTO_UDP, "udp_networks4", "udp_hosts4"},
    {AF_INET6, 0, "networks6", "hosts6"},
    {AF_INET6, IPPROTO_TCP, "tcp_networks6", "tcp_hosts6"},
    {AF_INET6, IPPROTO_UDP, "udp_networks6", "udp_hosts6"},
};

// Of all containers together, so that none can have the kernel's memory.
constexpr int kMaxTimed = 65'536;

// The policies that addresses have.
const char* PoliciesOf(int family) { return family == AF_INET ? "policies4" : "policies6"; }

const Sets* SetsOf(const EgressOpening& opening) {
  for (const Sets& sets : kSets) {
    if (sets.family == opening.network.family && sets.protocol == opening.protocol) return &sets;
  }
  return nullptr;
}

// The port or, with `open_end`, nothing: keys of sets without ports have none.
void AddPort(NftKey& key, const EgressOpening& opening) {
  const uint16_t port = htons(opening.port);
  if (opening.protocol != 0) key.Add(&port, sizeof(port));
}

NetworkAddress EndOf(const NetworkAddress& network, bool last) {
  NetworkAddress end = network;
  for (size_t bit = network.bits; bit < network.size() * 8; ++bit) {
    auto mask = static_cast<unsigned char>(0x80U >> bit % 8);
    end.bytes[bit / 8] =
        static_cast<unsigned char>(last ? end.bytes[bit / 8] | mask : end.bytes[bit / 8] & ~mask);
  }
  return end;
}

uint32_t FirstWord(const NftKey& key) {
  uint32_t word = 0;
  std::memcpy(&word, key.bytes().data(), std::min(sizeof(word), key.bytes().size()));
  return word;
}

// nft(8) has marks in the order of the network where a set is one of intervals.
NftKey IntervalEnd(uint32_t policy, const EgressOpening& opening, bool last) {
  const uint32_t mark = htonl(policy);
  NetworkAddress end = EndOf(opening.network, last);
  NftKey key;
  key.Add(&mark, sizeof(mark)).Add(end.bytes, end.size());
  AddPort(key, opening);
  return key;
}

// Ends what is open for good by policies that no address has any more.
Status ForgetPolicies(int socket) {
  // In this order: who lays a policy adds both at once.
  std::vector<NftElement> lasting[std::size(kSets)];
  for (size_t i = 0; i < std::size(kSets); ++i) {
    Status read = ReadElements(socket, {NFPROTO_INET, kSets[i].lasting}, lasting[i]);
    if (!read.ok()) return read;
  }
  std::vector<NftElement> policies;
  for (int family : {AF_INET, AF_INET6}) {
    Status read = ReadElements(socket, {NFPROTO_INET, PoliciesOf(family)}, policies);
    if (!read.ok()) return read;
  }
  std::set<uint32_t> had;
  for (const NftElement& policy : policies) had.insert(FirstWord(policy.value));
  for (size_t i = 0; i < std::size(kSets); ++i) {
    std::erase_if(lasting[i], [&](const NftElement& element) {
      return had.contains(ntohl(FirstWord(element.key)));
    });
    Status removed = RemoveElements(socket, {NFPROTO_INET, kSets[i].lasting}, lasting[i]);
    if (!removed.ok()) return removed;
  }
  return {};
}

// A change that fails makes the kernel wait until no packet looks at the rules any more, some ten
// milliseconds: what is not there is not removed.
Status RemovePolicies(int socket, const std::vector<NetworkAddress>& sources) {
  for (const NetworkAddress& source : sources) {
    const NftSet set{NFPROTO_INET, PoliciesOf(source.family)};
    NftElement element;
    element.key.Add(source.bytes, source.size());
    std::vector<NftElement> known;
    Status read = ReadElements(socket, set, known);
    if (!read.ok() && read.err() != ENOENT) return read;
    std::erase_if(known,
                  [&](const NftElement& one) { return one.key.bytes() != element.key.bytes(); });
    if (known.empty()) continue;
    Status removed = RemoveElements(socket, set, {element});
    if (!removed.ok()) return removed;
  }
  return {};
}

}  // namespace

std::string EgressRules(bool logs) {
  std::string text;
  for (int family : {4, 6}) {
    const std::string number = std::to_string(family);
    const std::string address = family == 4 ? "ipv4_addr" : "ipv6_addr";
    text.append(" map policies").append(number).append(" { type ").append(address);
    text.append(" : mark; }\n");
    for (const Sets& sets : kSets) {
      if (sets.family != (family == 4 ? AF_INET : AF_INET6)) continue;
      const std::string type =
          " { type mark . " + address + (sets.protocol == 0 ? "" : " . inet_service") + "; ";
      text += std::string(" set ") + sets.lasting + type + "flags interval; }\n";
      text += std::string(" set ") + sets.timed + type + "flags timeout; size " +
              std::to_string(kMaxTimed) + "; }\n";
    }
  }
  text +=
      " chain egress {\n  ct mark set ip saddr map @policies4\n"
      "  ct mark set ip6 saddr map @policies6\n  ct mark 0 return\n";
  for (const Sets& sets : kSets) {
    const std::string to = sets.family == AF_INET ? "ip daddr" : "ip6 daddr";
    const std::string port = sets.protocol == IPPROTO_TCP ? " . tcp dport" : " . udp dport";
    for (const char* set : {sets.lasting, sets.timed}) {
      text += "  ct mark . " + to + (sets.protocol == 0 ? "" : port) + " @" + set + " return\n";
    }
  }
  if (logs) {
    // A sample is enough to tell who is refused what.
    text += "  limit rate 50/second burst 200 packets meta mark set ct mark log group " +
            std::to_string(kEgressLogGroup) + " snaplen " + std::to_string(kEgressLogBytes) + "\n";
  }
  return text + "  reject with icmpx admin-prohibited\n }\n";
}

bool ReadOpening(const std::string& text, EgressOpening& out) {
  size_t space = text.find(' ');
  if (!ReadAddress(text.substr(0, space), out.network)) return false;
  if (space == std::string::npos) return true;
  size_t second = text.find(' ', space + 1);
  if (second == std::string::npos) return false;
  const std::string protocol = text.substr(space + 1, second - space - 1);
  if (protocol != "tcp" && protocol != "udp") return false;
  out.protocol = protocol == "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
  char* end = nullptr;
  unsigned long port = std::strtoul(text.c_str() + second + 1, &end, 10);
  out.port = static_cast<uint16_t>(port);
  return *end == '\0' && port > 0 && port <= 65'535;
}

Status LayPolicy(int netfilter, uint32_t policy, const std::vector<NetworkAddress>& sources,
                 const std::vector<EgressOpening>& openings) {
  Status status = RemovePolicies(netfilter, sources);
  if (status.ok()) status = ForgetPolicies(netfilter);
  if (!status.ok()) return status;
  NftChange change("egress policy");
  for (const NetworkAddress& source : sources) {
    NftElement element;
    element.key.Add(source.bytes, source.size());
    element.value.Add(&policy, sizeof(policy));
    change.Add({NFPROTO_INET, PoliciesOf(source.family)}, element);
  }
  for (const EgressOpening& opening : openings) {
    const Sets* sets = SetsOf(opening);
    if (sets == nullptr) return Status::Errno("egress policy", EINVAL);
    NftElement element;
    element.key = IntervalEnd(policy, opening, false);
    element.last = IntervalEnd(policy, opening, true);
    change.Add({NFPROTO_INET, sets->lasting}, element);
  }
  return change.Send(netfilter);
}

Status EndPolicy(int netfilter, const std::vector<NetworkAddress>& sources) {
  Status removed = RemovePolicies(netfilter, sources);
  bool is_absent = removed.err() == EAFNOSUPPORT || removed.err() == EOPNOTSUPP;
  return is_absent ? Status() : removed;
}

Status OpenForAWhile(int netfilter, const std::vector<TimedOpening>& openings) {
  // As many as a message to the kernel has room for.
  constexpr size_t kAtOnce = 64;
  for (size_t at = 0; at < openings.size(); at += kAtOnce) {
    NftChange change("egress policy");
    for (const TimedOpening& one :
         std::span(openings).subspan(at).first(std::min(kAtOnce, openings.size() - at))) {
      const Sets* sets = SetsOf(one.to);
      if (sets == nullptr) return Status::Errno("egress policy", EINVAL);
      NftElement element;
      element.key.Add(&one.policy, sizeof(one.policy))
          .Add(one.to.network.bytes, one.to.network.size());
      AddPort(element.key, one.to);
      element.timeout = one.milliseconds;
      change.Renew({NFPROTO_INET, sets->timed}, element);
    }
    Status sent = change.Send(netfilter);
    if (!sent.ok()) return sent;
  }
  return {};
}

}  // namespace bryo
