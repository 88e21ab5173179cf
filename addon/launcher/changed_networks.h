// Networks that a running container has been connected to or disconnected from
// (src/network/bridge/changed.ts): its restarts are by the plan of its start, which does not know
// of them.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Puts what the file in the container's directory says in the place of the plan's networks, and
// takes the addresses that no monitor has kept. Nothing where there is no such file.
Status TakeChangedNetworks(const std::string& container_dir, Plan& plan,
                           std::vector<UniqueFd>& leases);

}  // namespace bryo
