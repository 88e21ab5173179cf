// Opens what containers with an egress policy may reach.
#pragma once

#include <vector>

#include "net/egress.h"
#include "sys/status.h"

namespace bryo::dns {

class Openings {
 public:
  virtual ~Openings() = default;
  // All of them, from now on; it returns once packets go there.
  virtual Status Open(const std::vector<TimedOpening>& openings) = 0;
};

}  // namespace bryo::dns
