// The sockets that queries come to.
#pragma once

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo::dns {

// Of IPv4 and IPv6 each; those of a family that the machine does not have are none.
struct Listeners {
  static constexpr int kFamilies = 2;

  UniqueFd datagrams[kFamilies];
  UniqueFd streams[kFamilies];
};

// Opens them in the network namespace that the thread is in, at port 53 of all of its addresses,
// also of those that come later. Takes CAP_NET_BIND_SERVICE over it.
Status OpenListeners(Listeners& out);

}  // namespace bryo::dns
