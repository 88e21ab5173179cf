// Addresses that a name outside should not have: a name's owner could lead those who trust it to
// machines that only they reach ("DNS rebinding").
#pragma once

#include <vector>

#include "net/dns_address.h"

namespace bryo::dns {

// Whether an address is of the internet at large (RFC 6890): of nobody's private network, no
// link's, not this host's loopback, and not IPv4 in the clothes of IPv6.
bool IsPublic(const Address& address);

// The addresses that interfaces of this thread's network namespace have by now.
std::vector<Address> OwnAddresses();

}  // namespace bryo::dns
