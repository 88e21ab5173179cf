// Hears of what containers with an egress policy were refused.
#pragma once

#include <string>

#include "net/dns_asker.h"

namespace bryo::dns {

class Refusals {
 public:
  virtual ~Refusals() = default;
  // `what` is for people: "tcp 192.0.2.1:443", or a name and why it has not been resolved.
  virtual void Refused(const Place& place, const std::string& what) = 0;
};

}  // namespace bryo::dns
