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

// A relay that has been started: what it reports, once it has opened its ports or cannot.
struct StartedRelay {
  pid_t pid = -1;
  UniqueFd report;
};

// The ports as relays read them: a file that every relay of the container is given.
Status WriteRelayPorts(const HeaderPortRelay& plan, UniqueFd& out);

// Starts it for the network of a payload. The relay ends with the payload or when this process
// does.
Status SpawnPortRelay(int ports, const Relayed& relayed, StartedRelay& out);

// Reads a report to its end: "cannot publish …" with the errno of bind(2) when a port of it cannot
// be had.
Status ReadRelayReport(int report);

}  // namespace bryo
