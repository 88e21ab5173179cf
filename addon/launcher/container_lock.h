// The lock by which a container belongs to one process.
#pragma once

#include <string>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A POSIX lock: it belongs to this very process, and F_GETLK tells anybody its pid. Whoever removes
// a container holds the same lock, and a file without a link is one that was removed. `fd`: the
// open file of a monitor that has become a launcher again, or none; the locked file afterwards.
// With an empty path there is nothing to lock.
Status TakeContainerLock(const std::string& path, UniqueFd& fd);

}  // namespace bryo
