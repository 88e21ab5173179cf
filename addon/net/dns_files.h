// Texts that tell the responder about networks, their containers and the host's resolvers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/dns_address.h"
#include "net/dns_rules.h"

namespace bryo::dns {

inline constexpr uint16_t kPort = 53;

// The text `network` in a network's directory; words that are not known are passed by.
struct NetworkFacts {
  std::vector<Address> gateways;
  std::vector<Subnet> subnets;
  std::vector<Address> servers;
  std::string domain;
  bool internal = false;
  bool dns = true;
};

NetworkFacts ReadNetworkFacts(std::string_view text);

// A file of `names`: a container in its network.
struct HostFacts {
  std::vector<Address> addresses;
  std::vector<std::string> names;  // in lower case
  std::vector<Address> servers;
  std::string container;  // its id; empty: unknown
  // Of its egress; 0: it reaches all that the host does.
  uint32_t policy = 0;
  std::vector<NameRule> rules;
};

HostFacts ReadHostFacts(std::string_view text);

// The servers of a resolv.conf(5), at most three; without any that of the machine itself.
// Must run in the network namespace that scopes of addresses name interfaces of.
std::vector<sockaddr_in6> ReadResolvers(std::string_view text);

// The name service of an address.
sockaddr_in6 ServerAt(const Address& address);

}  // namespace bryo::dns
