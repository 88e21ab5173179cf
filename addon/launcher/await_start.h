// Waiting for `start` (an OCI runtime's create, `bryo init`), for as long as the caller likes.
//
// Whoever shares the container's namespaces meanwhile may look at the process that waits, so it is
// this program anew: it has the records of the plan that are still to come, and nothing else of the
// launch.
#pragma once

#include "launcher/context.h"
#include "sys/status.h"

namespace bryo {

// In the stage, before the root filesystem changes and there is a filter of system calls: makes
// ready what the wait takes, if the plan has one.
Status PrepareAwaitStart(LaunchContext& context);

// Becomes the process that waits. Returns only when that fails.
Status BecomeAwaitStart(const LaunchContext& context);

// Mode "await": tells the parent, waits, and does what is left of the plan.
int AwaitStartMain(int argc, char** argv);

}  // namespace bryo
