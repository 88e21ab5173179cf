// Destinations that containers with an egress policy may reach beyond their networks, as sets of
// the firewall (firewall.h). A policy is a number that new connections get by their source address;
// sets have it with what it opens, and all else is refused. Numbers are used once: an address that
// another container has had opens nothing of what was that one's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/address.h"
#include "sys/status.h"

namespace bryo {

// The rules of the firewall's table, to be jumped to as chain `egress`; `logs`: refusals are told
// of by nfnetlink (egress_log.h), in which a container's number is the mark.
std::string EgressRules(bool logs);

// Connections that are open: to a network, or a part of its ports.
struct EgressOpening {
  NetworkAddress network;
  uint8_t protocol = 0;  // IPPROTO_TCP or IPPROTO_UDP; 0: any, and all ports
  uint16_t port = 0;
};

// Reads "NETWORK/BITS", or "NETWORK/BITS tcp|udp PORT".
bool ReadOpening(const std::string& text, EgressOpening& out);

// Has a policy hold for all that comes from these addresses. Fails where the firewall cannot hold
// it: nothing may come from them then. `netfilter` is a socket of NETLINK_NETFILTER in the bridges'
// network.
Status LayPolicy(int netfilter, uint32_t policy, const std::vector<NetworkAddress>& sources,
                 const std::vector<EgressOpening>& openings);

// Ends the policy of whoever had these addresses before.
Status EndPolicy(int netfilter, const std::vector<NetworkAddress>& sources);

// An opening for a while, of one address.
struct TimedOpening {
  uint32_t policy = 0;
  EgressOpening to;
  uint64_t milliseconds = 0;
};

// Opens all of them, for as long as is said from now on.
Status OpenForAWhile(int netfilter, const std::vector<TimedOpening>& openings);

}  // namespace bryo
