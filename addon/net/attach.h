// Connecting a container's network namespace to bridges, and taking it off again.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "plan/ops.gen.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Descriptors of the namespaces that a holder keeps (holder.h): a process in `users` has rights
// over the network namespaces of all containers whose user namespaces are below it.
struct BridgeSpaces {
  int users = -1;
  int network = -1;
};

// Makes the interfaces in the network namespace of the process `payload`, and the bridges that are
// not there yet. Interfaces of one namespace go with it, their other ends with them. `netfilter` is
// the socket by which they were let through the firewall: the kernel lets nobody close one for some
// ten milliseconds after a rule or an element has gone, so it is to be closed when nobody waits.
Status AttachNetworks(const std::vector<HeaderAttachment>& attachments, BridgeSpaces spaces,
                      pid_t payload, UniqueFd& netfilter);

// Has a container answer the neighbours of a network that it has joined while it runs: rules of
// ports that were published before do not know of them. Fails where the kernel has no rules.
Status AnswerNeighbours(const HeaderAttachment& attachment, BridgeSpaces spaces, pid_t payload);

// Takes an interface away from it; ENODEV when it has none of the name.
Status DetachNetwork(const std::string& interface, BridgeSpaces spaces, pid_t payload);

// Removes a bridge to which nothing is connected.
Status RemoveBridge(const std::string& bridge, BridgeSpaces spaces);

}  // namespace bryo
