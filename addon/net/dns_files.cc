#include "net/dns_files.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "sys/fd.h"

namespace bryo::dns {
namespace {

constexpr std::string_view kSpace = " \t\r";
constexpr size_t kMaxResolvers = 3;  // resolv.conf(5), MAXNS

std::string_view TakeLine(std::string_view& text) {
  size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

// The next word of a line; empty at its end.
std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
  std::string_view word = line.substr(0, line.find_first_of(kSpace));
  line.remove_prefix(word.size());
  return word;
}

std::string InLowerCase(std::string_view text) {
  std::string out(text);
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
  }
  return out;
}

void AddAddress(std::string_view word, std::vector<Address>& out) {
  if (std::optional<Address> address = Address::Parse(word)) out.push_back(*address);
}

void TakeFact(std::string_view name, std::string_view value, NetworkFacts& out) {
  if (name == "gateway") AddAddress(value, out.gateways);
  if (name == "server") AddAddress(value, out.servers);
  if (name == "domain") out.domain = InLowerCase(value);
  if (name == "internal") out.internal = value == "yes";
  if (name == "dns") out.dns = value != "no";
  if (name != "subnet") return;
  if (std::optional<Subnet> subnet = Subnet::Parse(value)) out.subnets.push_back(*subnet);
}

// Interfaces by number or name.
uint32_t ScopeOf(std::string_view word) {
  uint32_t number = 0;
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error == std::errc() && end == word.data() + word.size()) return number;
  // if_nametoindex(3) takes a socket of another family, which who serves may not open.
  UniqueFd socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (word.size() >= sizeof(request.ifr_name)) return 0;
  std::ranges::copy(word, request.ifr_name);
  bool known = ::ioctl(socket.get(), SIOCGIFINDEX, &request) == 0;
  return known ? static_cast<uint32_t>(request.ifr_ifindex) : 0;
}

std::optional<sockaddr_in6> ParseResolver(std::string_view word) {
  size_t percent = word.find('%');
  std::optional<Address> address = Address::Parse(word.substr(0, percent));
  if (!address) return std::nullopt;
  sockaddr_in6 server = ServerAt(*address);
  if (percent != word.npos) server.sin6_scope_id = ScopeOf(word.substr(percent + 1));
  return server;
}

}  // namespace

sockaddr_in6 ServerAt(const Address& address) {
  sockaddr_in6 server{};
  auto bytes = address.bytes();
  if (address.is_ipv4()) {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&server);
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(kPort);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<uint8_t*>(&ipv4->sin_addr));
  } else {
    server.sin6_family = AF_INET6;
    server.sin6_port = htons(kPort);
    std::copy(bytes.begin(), bytes.end(), server.sin6_addr.s6_addr);
  }
  return server;
}

NetworkFacts ReadNetworkFacts(std::string_view text) {
  NetworkFacts facts;
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    std::string_view name = TakeWord(line);
    TakeFact(name, TakeWord(line), facts);
  }
  return facts;
}

HostFacts ReadHostFacts(std::string_view text) {
  HostFacts facts;
  std::string_view first = TakeLine(text);
  for (;;) {
    std::string_view word = TakeWord(first);
    if (word.empty()) break;
    AddAddress(word, facts.addresses);
  }
  while (!text.empty()) {
    std::string_view line = TakeLine(text);
    std::string_view word = TakeWord(line);
    std::string_view value = TakeWord(line);
    if (value.empty()) {
      if (!word.empty()) facts.names.push_back(InLowerCase(word));
    } else if (word == "server") {
      AddAddress(value, facts.servers);
    } else if (word == "container") {
      facts.container = value;
    } else if (word == "policy") {
      std::from_chars(value.data(), value.data() + value.size(), facts.policy);
    } else if (word == "egress") {
      if (std::optional<NameRule> rule = NameRule::Parse(value)) facts.rules.push_back(*rule);
    }
  }
  return facts;
}

std::vector<sockaddr_in6> ReadResolvers(std::string_view text) {
  std::vector<sockaddr_in6> servers;
  while (!text.empty() && servers.size() < kMaxResolvers) {
    std::string_view line = TakeLine(text);
    if (TakeWord(line) != "nameserver") continue;
    std::string_view word = TakeWord(line);
    word = word.substr(0, word.find_first_of("#;"));
    if (std::optional<sockaddr_in6> server = ParseResolver(word)) servers.push_back(*server);
  }
  if (servers.empty()) servers.push_back(ServerAt(Address(in_addr{htonl(INADDR_LOOPBACK)})));
  return servers;
}

}  // namespace bryo::dns
