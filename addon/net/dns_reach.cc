#include "net/dns_reach.h"

#include <linux/netlink.h>

#include <algorithm>
#include <optional>

#include "net/addresses.h"
#include "net/netlink.h"

namespace bryo::dns {
namespace {

constexpr const char* kSpecial4[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
};

// Addresses that are given to the internet, and those of them that are not meant for it.
constexpr const char* kInternet6 = "2000::/3";
constexpr const char* kSpecial6[] = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

bool Holds(const char* network, const Address& address) {
  std::optional<Subnet> subnet = Subnet::Parse(network);
  return subnet && subnet->Holds(address);
}

template <size_t kCount>
bool AnyHolds(const char* const (&networks)[kCount], const Address& address) {
  return std::ranges::any_of(networks,
                             [&](const char* network) { return Holds(network, address); });
}

}  // namespace

bool IsPublic(const Address& address) {
  if (address.is_ipv4()) return !AnyHolds(kSpecial4, address);
  return Holds(kInternet6, address) && !AnyHolds(kSpecial6, address);
}

std::vector<Address> OwnAddresses() {
  std::vector<Address> found;
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  std::vector<InterfaceAddress> all;
  if (!socket.valid() || !ListAddresses(socket.get(), kAllInterfaces, all).ok()) return found;
  for (const InterfaceAddress& one : all) {
    std::optional<Address> address = Address::OfBytes(one.local);
    if (address) found.push_back(*address);
  }
  return found;
}

}  // namespace bryo::dns
