// Process 1 of containers started with --init (addon/bare/init.cc).
#pragma once

#include <sys/types.h>

#include "launcher/context.h"
#include "sys/status.h"

namespace bryo {

// In the stage, before there is a filter of system calls: makes the program ready if the plan asks
// for one.
Status PrepareInit(LaunchContext& context);

// Becomes process 1 beside its one child, with nothing of this process's memory, environment and
// descriptors. Returns only when that fails.
Status BecomeInit(const LaunchContext& context, pid_t child);

}  // namespace bryo
