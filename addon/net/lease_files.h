// Files of a container that say the address which one of its interfaces has by DHCP.
#pragma once

#include <string>

namespace bryo {

struct LeaseFiles {
  std::string directory;  // the container's; empty: nothing is told
  std::string interface;
  std::string first;  // ADDRESS/BITS that the container was started with
};

// Tells them of a lease, "ADDRESS/BITS ROUTER" or "-" for no router: the interface's file among the
// leases, which `inspect` shows, and /etc/hosts, in which the address takes the former one's place.
// What is no lease changes nothing.
void PublishLease(const LeaseFiles& files, const std::string& lease);

// A hosts(5) in which lines of one address say another.
std::string WithOtherAddress(const std::string& text, const std::string& former,
                             const std::string& address);

}  // namespace bryo
