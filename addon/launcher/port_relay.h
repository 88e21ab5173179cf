// Starting the relay of a container's ports (relay/main.h).
#pragma once

#include <sys/types.h>

#include <vector>

#include "plan/ops.gen.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

struct Relayed {
  pid_t payload;
  pid_t network;                           // a process that is seen to be in its network
  const std::vector<UniqueFd>& published;  // sockets of the host that the caller has bound
};

// Starts it for the network of a payload and returns once the ports are open: "cannot
// publish …" with the errno of bind(2) when one is not. The relay ends with the payload or when
// this process does.
Status StartPortRelay(const HeaderPortRelay& plan, const Relayed& relayed, pid_t& relay);

}  // namespace bryo
