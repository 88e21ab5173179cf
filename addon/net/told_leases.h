// Leases as a DHCP client's "bound" and "renew" tell the process that keeps them (dhcp.h).
#pragma once

#include <string>

#include "net/lease_files.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Lines of "ADDRESS/BITS ROUTER", "-" for no router.
class ToldLeases {
 public:
  // The end to write to becomes this process's standard output, and so its client's.
  Status Open();

  int fd() const { return reading_.get(); }

  // Has a container's files know of all that was told so far.
  void Publish(const LeaseFiles& files);

 private:
  UniqueFd reading_;
  std::string text_;
};

}  // namespace bryo
