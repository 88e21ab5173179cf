// A process that is seen in the place of a payload that is hidden: one that joins the process ids
// of another container may not be looked at from there, so the host does not see it either.
#pragma once

#include <sys/types.h>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Starts one that is in this network namespace and the user namespace that owns it, and returns
// once it is there. It ends by SIGTERM, or when this process does.
Status StartStandIn(UniqueFd network, pid_t& stand_in);

// Mode "stand-in": argv is PARENT, its pid.
int StandInMain(int argc, char** argv);

}  // namespace bryo
