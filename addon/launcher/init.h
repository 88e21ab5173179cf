// A minimal init for containers started with --init.
#pragma once

#include <sys/types.h>

namespace bryo {

// Runs as PID 1 beside its one `child`: passes signals on to it, reaps everything that ends up
// here, and returns the child's exit status (128 + signal when a signal ended it).
int InitLoop(pid_t child);

}  // namespace bryo
