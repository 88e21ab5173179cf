// The processes below this one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

namespace bryo {

// Pids of this process's children, those included that became its own as it is a subreaper. Nothing
// where the kernel does not tell (/proc/PID/task/TID/children, CONFIG_PROC_CHILDREN).
std::optional<std::vector<pid_t>> OwnChildren();

}  // namespace bryo
