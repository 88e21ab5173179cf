// Which files a worker may open: Landlock (landlock(7)), as far as the kernel has it.
#pragma once

#include "worker/confine.h"

namespace bryo {

// For this thread and those that it starts: of all files only those beneath its directories, for
// what its duty takes, and no connections, signals or devices. Best effort.
void RestrictFiles(const Confinement& limits);

}  // namespace bryo
